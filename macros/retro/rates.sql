{#
    What an hour of work costs, by team and time: the mirror of `rates:` in opsloop.yml, empty until
    `opsloop` fills it. Columns are those of opsloop/service/rates.py. Returns SQL for a hook.
#}
{% macro create_rates_table() -%}
    create table if not exists {{ system_table('team_rates') }} (
        team {{ dbt.type_string() }},
        valid_from {{ dbt.type_timestamp() }},
        valid_to {{ dbt.type_timestamp() }},
        per_hour {{ type_double() }},
        currency {{ dbt.type_string() }}
    );
{%- endmacro %}


{# Whether a row of `rates` is a team's: its own where it has any, else that of all others. #}
{% macro is_rate_of(team, has_own_rate) -%}
    (
        rates.team = {{ team }}
        or (rates.team is null and not {{ has_own_rate }})
    )
{%- endmacro %}


{# Whether a row of `rates` holds at a moment. #}
{% macro is_in_force(moment) -%}
    (rates.valid_from is null or rates.valid_from <= {{ moment }})
    and (rates.valid_to is null or {{ moment }} < rates.valid_to)
{%- endmacro %}
