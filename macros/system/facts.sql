{#
    Facts of incidents are built anew only for incidents that changed: models/retro/incidents/. What
    is counted by week is counted anew only for their weeks: models/retro/weeks/.

    int_incident_signatures says what each incident's facts are made of, int_incidents_built what
    they were made of when they were last built; int_incidents_changed compares the two. It is
    written last: a build that breaks off leaves its incidents to the next one.
#}

{# The rows of a relation that has an incident_id: of a build of what changed, those that did. #}
{% macro of_changed(relation) -%}
    {%- do built_before('int_incidents_changed') -%}
    {%- if is_of_changed() -%}
        (
            select whole.*
            from {{ relation }} as whole
            inner join {{ system_table('int_incidents_changed') }} as changed
                on whole.incident_id = changed.incident_id
        ) as of_changed
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}


{# The rows of a relation that has a week_start: of a build of what changed, those of its weeks. #}
{% macro of_changed_weeks(relation) -%}
    {%- do built_before('int_weeks_changed') -%}
    {%- if is_of_changed() -%}
        (
            select whole.*
            from {{ relation }} as whole
            inner join {{ system_table('int_weeks_changed') }} as changed
                on whole.week_start = changed.week_start
        ) as of_changed_weeks
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}


{# The incident log as of_changed() would give it, which is looked up once for all facts. #}
{% macro changed_log() -%}
    {%- do built_before('int_changed_log') -%}
    {%- set whole = ref('stg_incident_log') -%}
    {{ system_table('int_changed_log') if is_of_changed() else whole }}
{%- endmacro %}


{#
    The log's rows of incidents that changed, before what they decided is looked up: all that the
    log says of everything else is never read. None before facts were ever built to their end, since
    each is built from the whole log then.
#}
{% macro rows_of_changed() -%}
    (
        select whole.*
        from {{ source('opsloop_log', 'incident_log') }} as whole
        inner join {{ ref('int_incidents_changed') }} as changed
            on whole.incident_id = changed.incident_id
        {% if facts_built() is none %}where 1 = 0{% endif %}
    )
{%- endmacro %}


{# Let dbt build a model before this one. A unit test, which reads none of it, need not give it. #}
{% macro built_before(name) -%}
    {%- if not execute -%}{%- do ref(name) -%}{%- endif -%}
{%- endmacro %}


{# Whether this fact is built of what changed alone; a unit test, which has no table, never is. #}
{% macro is_of_changed() -%}
    {{ return(this is not none and is_incremental()) }}
{%- endmacro %}


{# The pre-hook of a fact: what changed is about to be written anew. #}
{% macro forget_changed() -%}
    {%- if execute and is_of_changed() -%}
        delete from {{ this }}
        where incident_id in (
            select incident_id from {{ system_table('int_incidents_changed') }}
        )
    {%- endif -%}
{%- endmacro %}


{# The pre-hook of what is counted by week: the weeks that changed are about to be counted anew. #}
{% macro forget_changed_weeks() -%}
    {%- if execute and is_of_changed() -%}
        delete from {{ this }}
        where week_start in (select week_start from {{ system_table('int_weeks_changed') }})
    {%- endif -%}
{%- endmacro %}


{# What the facts were last made of, int_incidents_built; none before they were. #}
{% macro facts_built() -%}
    {%- set built = system_table('int_incidents_built') -%}
    {{ return(
        adapter.get_relation(built.database, built.schema, built.identifier) if execute else none
    ) }}
{%- endmacro %}


{#
    on-run-start: facts that were made by other rules, or never to their end, are dropped, so that
    this run builds them whole.
#}
{% macro forget_facts_of_other_rules() -%}
    {%- if execute and flags.WHICH in ('run', 'build') -%}
        {%- set facts = [] -%}
        {%- for node in fact_models() if node.unique_id in selected_resources -%}
            {%- set fact = adapter.get_relation(node.database, node.schema, node.alias) -%}
            {%- if fact is not none and fact.type == 'table' -%}
                {%- do facts.append(fact) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if facts and rules_built() != rules_of_facts() -%}
            {%- for fact in facts -%}
                {%- do run_in_transaction('drop table ' ~ fact ~ ' cascade') -%}
                {%- do adapter.cache_dropped(fact) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{# The rules that the facts in the warehouse were made by; none if they are not there. #}
{% macro rules_built() -%}
    {%- set kept = system_table('int_rules_built') -%}
    {%- set kept = adapter.get_relation(kept.database, kept.schema, kept.identifier) -%}
    {%- if kept is none or facts_built() is none -%}{{ return(none) }}{%- endif -%}
    {{ return(run_query('select rules from ' ~ kept).columns[0].values() | first) }}
{%- endmacro %}


{#
    A checksum of all that an incident's facts depend on beside its own rows: these models and
    macros, what figures are told apart by, what an hour costs, and the calendars, service levels
    and imports that the mirror has.
#}
{% macro rules_of_facts() -%}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set rules = [] -%}
    {%- for node in fact_models() -%}
        {%- do rules.append(node.checksum.checksum) -%}
    {%- endfor -%}
    {%- for name, macro in opsloop.items() -%}
        {%- do rules.append(macro.macro.macro_sql) -%}
    {%- endfor -%}
    {%- do rules.append(dimensions() ~ dimension_value('facts') ~ counts_under('facts')) -%}
    {%- set settings = run_query('select fingerprint from ' ~ system_table('mirrored_settings')) -%}
    {%- do rules.extend(settings.columns[0].values()) -%}
    {%- for rate in run_query('select * from ' ~ system_table('team_rates')).rows -%}
        {%- do rules.append(rate.values() | join(',')) -%}
    {%- endfor -%}
    {{ return(local_md5(rules | sort | join('\n'))) }}
{%- endmacro %}


{# The models that are built of what changed, as dbt's graph has them. #}
{% macro fact_models() -%}
    {%- set found = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}
        {%- if node.original_file_path.startswith(
            ('models/retro/incidents/', 'models/retro/weeks/')
        ) -%}
            {%- do found.append(node) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
