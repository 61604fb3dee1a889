{#
    Who is a member of which team: the mirror of opsloop.yml as it is now, empty until `opsloop`
    fills it. Columns are those of opsloop/service/rosters.py. Returns SQL for a hook.
#}
{% macro create_roster_table() -%}
    create table if not exists {{ system_table('team_members') }} (
        team {{ dbt.type_string() }},
        person {{ dbt.type_string() }}
    );
{%- endmacro %}
