{# The event table: created once, continued for ever, widened when the SELECT asks for it. #}

{# The table of this monitor: the relation itself, or an earlier name's, renamed; none if new. #}
{% macro monitor_existing_table(monitor) %}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is none -%}
        {%- for name in monitor.previously | reverse -%}
            {%- set earlier = adapter.get_relation(this.database, this.schema, name) -%}
            {%- if existing is none and earlier is not none and earlier.is_table -%}
                {{ return(monitor_rename_table(earlier, monitor)) }}
            {%- endif -%}
        {%- endfor -%}
    {%- elif not existing.is_table -%}
        {%- do monitor_raise([
            existing ~ ' is a ' ~ existing.type ~ ', not an event table: drop it, or give the'
            ~ ' monitor another name or alias'
        ]) -%}
    {%- else -%}
        {%- do monitor_refuse_second_history(existing, monitor) -%}
    {%- endif -%}
    {{ return(existing) }}
{% endmacro %}


{# A model that ran under its new name before `previously` named the old one has two tables, whose
events have different identities: one of them has to go, and only a person knows which. #}
{% macro monitor_refuse_second_history(existing, monitor) %}
    {%- for name in monitor.previously -%}
        {%- set earlier = adapter.get_relation(this.database, this.schema, name) -%}
        {%- if earlier is not none and earlier.is_table and is_event_table(earlier) -%}
            {%- do monitor_raise([
                'both ' ~ earlier ~ ' and ' ~ existing ~ ' hold events: drop ' ~ existing
                ~ ' (cascade) to go on with the history of ' ~ name ~ ', or drop ' ~ name
            ]) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}


{# Whether a table is one that this materialization made. #}
{% macro is_event_table(relation) %}
    {%- set names = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
    {{ return('event_id' in names and 'changed_run' in names) }}
{% endmacro %}


{# Take an earlier name's table over; its view is made anew, since DuckDB's names the old table. #}
{% macro monitor_rename_table(earlier, monitor) %}
    {%- set renamed = this.incorporate(type='table') -%}
    {%- call statement('drop_earlier_view') -%}
        drop view if exists {{ monitor_seen_view(earlier) }}
    {%- endcall -%}
    {%- do adapter.rename_relation(earlier, renamed) -%}
    {%- do monitor_create_seen_view(renamed, monitor) -%}
    {%- do monitor_log('continues the event table ' ~ earlier) -%}
    {{ return(renamed) }}
{% endmacro %}


{# The columns of a new event table, in their order: [(name, type)]. #}
{% macro monitor_table_columns(monitor, selected) %}
    {%- set text = dbt.type_string() -%}
    {%- set columns = [('event_id', text), ('entity_id', text)] -%}
    {%- if monitor.kind == 'event' -%}{%- do columns.append(('event_key', text)) -%}{%- endif -%}
    {%- do columns.extend([('episode', 'bigint'), ('occurred_at', 'timestamp')]) -%}
    {%- for column in monitor_evidence(monitor, selected) -%}
        {%- do columns.append((column.name, evidence_type(column.type))) -%}
    {%- endfor -%}
    {%- do columns.extend([
        ('severity', text), ('owner', text), ('impact', type_double()),
        ('first_seen_at', 'timestamp'), ('ripened_at', 'timestamp'), ('absent_since', 'timestamp'),
        ('last_seen_at', 'timestamp'), ('runs_seen', 'bigint'), ('cleared_at', 'timestamp'),
        ('cleared_reason', text), ('changed_at', 'timestamp'), ('changed_run', 'bigint'),
    ]) -%}
    {{ return(columns) }}
{% endmacro %}


{# The SELECT's columns that are evidence. #}
{% macro monitor_evidence(monitor, selected) %}
    {%- set words = monitor_select_words(monitor.kind) -%}
    {%- set named = words['keys'] + words.routing + ['occurred_at'] -%}
    {%- set evidence = [] -%}
    {%- for column in selected if column.name | lower not in named -%}
        {%- do evidence.append(column) -%}
    {%- endfor -%}
    {{ return(evidence) }}
{% endmacro %}


{% macro monitor_create_table(relation, monitor, selected) %}
    {%- set columns = monitor_table_columns(monitor, selected) -%}
    {%- call statement('create_table') -%}
        create table {{ relation }} (
            {%- for name, type in columns %}
            {{ quoted(name) }} {{ type }}{{ ',' if not loop.last }}
            {%- endfor %}
        )
    {%- endcall -%}
    {%- for index_sql in event_table_indexes(relation, monitor.kind) -%}
        {%- call statement('create_index') -%}{{ index_sql }}{%- endcall -%}
    {%- endfor -%}
    {%- do monitor_create_seen_view(relation, monitor) -%}
    {%- set created = [] -%}
    {%- for name, type in columns -%}
        {%- do created.append({'name': name, 'type': type}) -%}
    {%- endfor -%}
    {{ return(created) }}
{% endmacro %}


{# Indexes of an event table. None on DuckDB: its updates would become deletes and inserts. #}
{% macro event_table_indexes(relation, kind) %}
    {{ return(adapter.dispatch('event_table_indexes', 'opsloop')(relation, kind)) }}
{% endmacro %}

{% macro default__event_table_indexes(relation, kind) %}
    {{ return([]) }}
{% endmacro %}

{% macro postgres__event_table_indexes(relation, kind) %}
    {%- set key = 'event_key' if kind == 'event' else 'entity_id' -%}
    {%- set indexes = [
        'create unique index on ' ~ relation ~ ' (' ~ key ~ ') where cleared_at is null',
        'create index on ' ~ relation ~ ' (changed_run)',
    ] -%}
    {%- if kind != 'event' -%}
        {%- do indexes.append('create unique index on ' ~ relation ~ ' (entity_id, episode)') -%}
    {%- endif -%}
    {{ return(indexes) }}
{% endmacro %}


{# Add the SELECT's new columns and widen the others; return the columns as they are then. #}
{% macro monitor_fit_table(relation, monitor, stored, selected) %}
    {%- set by_name = monitor_by_name(stored) -%}
    {%- if 'event_id' not in by_name or 'changed_run' not in by_name -%}
        {%- do monitor_raise([
            relation ~ ' exists and is not an event table: drop it, or give the monitor another'
            ~ ' name'
        ]) -%}
    {%- endif -%}
    {%- if (monitor.kind == 'event') != ('event_key' in by_name) -%}
        {%- do monitor_raise([
            "meta.monitor.kind is now '" ~ monitor.kind ~ "', which identifies its events in"
            ~ ' another way: undo it, or make it a new monitor with a name of its own'
        ]) -%}
    {%- endif -%}
    {%- set faults = [] -%}
    {%- set alterations = [] -%}
    {%- for column in monitor_evidence(monitor, selected) -%}
        {%- set present = by_name.get(column.name | lower) -%}
        {%- if present is none -%}
            {%- set added = {'name': column.name, 'type': evidence_type(column.type)} -%}
            {%- do alterations.append('add column ' ~ quoted(added.name) ~ ' ' ~ added.type) -%}
            {%- do by_name.update({column.name | lower: added}) -%}
        {%- else -%}
            {%- set type = wider_type(present.type, column.type) -%}
            {%- if type is none -%}
                {%- do faults.append(monitor_lossy_fault(present, column)) -%}
            {%- elif type != present.type -%}
                {%- do alterations.append(
                    'alter column ' ~ quoted(present.name) ~ ' type ' ~ type
                ) -%}
                {%- do present.update({'type': type}) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do monitor_raise(faults) -%}
    {%- for alteration in alterations -%}
        {%- call statement('alter_table') -%}
            alter table {{ relation }} {{ alteration }}
        {%- endcall -%}
    {%- endfor -%}
    {{ return(by_name.values() | list) }}
{% endmacro %}


{% macro monitor_lossy_fault(present, column) %}
    {{ return(
        "the column '" ~ column.name ~ "' was " ~ present.type ~ ' and is now ' ~ column.type
        ~ ', and no type holds both without loss: cast it in the SELECT of '
        ~ model.original_file_path ~ ', or give it another alias'
    ) }}
{% endmacro %}
