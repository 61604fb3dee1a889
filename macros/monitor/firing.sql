{# The firing set: what the SELECT returned, with each row's key and the reason to set it aside. #}

{# Everything that the statements of one run are written from. #}
{% macro monitor_plan(monitor, relation, stored, columns, is_new_table) %}
    {%- set selected = monitor_by_name(columns.firing) -%}
    {%- set entity = text_of('firing.' ~ quoted(selected['entity_id'].name)) -%}
    {%- set occurred = 'cast(firing.' ~ quoted(selected['occurred_at'].name) ~ ' as timestamp)' -%}
    {%- if monitor.kind != 'event' -%}
        {%- set key = entity -%}
    {%- elif 'event_key' in selected -%}
        {%- set key = text_of('firing.' ~ quoted(selected['event_key'].name)) -%}
    {%- else -%}
        {%- set key = entity ~ " || '|' || " ~ timestamp_text(occurred) -%}
    {%- endif -%}
    {{ return({
        'monitor': monitor,
        'as_of': as_of(),
        'events': relation,
        'is_new_table': is_new_table,
        'firing': scratch_table('firing'),
        'diff': scratch_table('diff'),
        'entity': entity,
        'key': key,
        'key_column': 'event_key' if monitor.kind == 'event' else 'entity_id',
        'occurred': occurred,
        'severity': 'firing.' ~ quoted(selected.severity.name) if 'severity' in selected else none,
        'values': monitor_values(monitor, monitor_by_name(stored), selected, occurred),
        'pending_since': monitor_time_is_over_at(monitor.pending_for, ['ok', 'held']),
        'absent_since': monitor_time_is_over_at(monitor.keep_for, ['ok']),
        'population': ref(monitor.population.model) if monitor.population else none,
        'updated_at': monitor_updated_at(monitor, columns.get('population', [])),
        'checksum': local_md5(compiled_code | replace(as_of(), 'as_of')),
        'started_at': utc_now(),
    }) }}
{% endmacro %}


{# What a run writes into an event's row: [{column, source, type}], the source over alias firing. #}
{% macro monitor_values(monitor, stored, selected, occurred) %}
    {%- set values = [{'column': 'occurred_at', 'source': occurred, 'type': 'timestamp'}] -%}
    {%- for column in monitor_evidence(monitor, selected.values()) -%}
        {%- set target = stored[column.name | lower] -%}
        {%- set source = 'firing.' ~ quoted(column.name) -%}
        {%- if column.type != target.type -%}
            {%- set source = 'cast(' ~ source ~ ' as ' ~ target.type ~ ')' -%}
        {%- endif -%}
        {%- do values.append({'column': target.name, 'source': source, 'type': target.type}) -%}
    {%- endfor -%}
    {%- set text = dbt.type_string() -%}
    {%- for name, type in [('severity', text), ('owner', text), ('impact', type_double())] -%}
        {%- set source = 'firing.' ~ quoted(selected[name].name) if name in selected else 'null' -%}
        {%- do values.append(
            {'column': name, 'source': 'cast(' ~ source ~ ' as ' ~ type ~ ')', 'type': type}
        ) -%}
    {%- endfor -%}
    {{ return(values) }}
{% endmacro %}


{# The firing set with opsloop_key, opsloop_entity and opsloop_reject (null for a good row). #}
{% macro monitor_judged_firing(plan, with_sample=false) %}
    select
        firing.*,
        {{ plan.key }} as opsloop_key,
        {{ plan.entity }} as opsloop_entity,
        {%- if with_sample %}
        {{ row_as_json('firing') }} as opsloop_sample,
        {%- endif %}
        case
            when {{ plan.entity }} is null then 'null_entity_id'
            when {{ plan.occurred }} is null then 'null_occurred_at'
            when
                {{ plan.occurred }} < cast('0001-01-02' as timestamp)
                or {{ plan.occurred }} >= cast('9999-12-31' as timestamp)
                then 'bad_occurred_at'  -- infinite, or beyond what other tools can read
            {%- if plan.monitor.kind == 'event' %}
            when {{ plan.key }} is null then 'null_event_key'
            {%- endif %}
            when count(*) over (partition by {{ plan.key }}) > 1 then 'duplicate_key'
            {%- if plan.severity %}
            when {{ plan.severity }} not in ('{{ monitor_words().severities | join("', '") }}')
                then 'bad_severity'
            {%- endif %}
        end as opsloop_reject
    from {{ plan.firing }} as firing
{% endmacro %}
