{# What the SELECT returns, judged against what a monitor needs. #}

{# Names that a monitor's SELECT gives a meaning; every other column is evidence. #}
{% macro monitor_select_words(kind) %}
    {%- set keys = ['entity_id', 'event_key'] if kind == 'event' else ['entity_id'] -%}
    {{ return({'keys': keys, 'routing': ['severity', 'owner', 'impact']}) }}
{% endmacro %}


{# Names that the event table keeps for itself. #}
{% macro monitor_own_columns() %}
    {{ return([
        'event_id', 'event_key', 'episode', 'first_seen_at', 'ripened_at', 'absent_since',
        'last_seen_at', 'runs_seen', 'cleared_at', 'cleared_reason', 'changed_at', 'changed_run',
    ]) }}
{% endmacro %}


{# Materialise the firing set and read the columns of some tables: {place: [{name, type}]}.
Two statements in one call, since a call costs more than what these do. #}
{% macro monitor_select_firing(places) %}
    {%- call statement('firing', fetch_result=true) -%}
        {{ create_scratch_table('firing', compiled_code) }};
        {{ columns_query(places) }}
    {%- endcall -%}
    {%- set columns = {} -%}
    {%- for place in places -%}{%- do columns.update({place: []}) -%}{%- endfor -%}
    {%- for row in load_result('firing').data -%}
        {%- do columns[row[0]].append({'name': row[1], 'type': row[2]}) -%}
    {%- endfor -%}
    {{ return(columns) }}
{% endmacro %}


{# Columns by lower-case name, since engines differ in whether case matters. #}
{% macro monitor_by_name(columns) %}
    {%- set by_name = {} -%}
    {%- for column in columns -%}
        {%- do by_name.update({column.name | lower: column}) -%}
    {%- endfor -%}
    {{ return(by_name) }}
{% endmacro %}


{# Faults of the SELECT's columns and of the templates and groups that name them. #}
{% macro monitor_column_faults(monitor, columns) %}
    {%- set by_name = monitor_by_name(columns) -%}
    {%- set faults = monitor_name_faults(monitor, columns) -%}
    {%- set faults = faults + monitor_type_faults(monitor, by_name) -%}
    {%- set names = by_name.keys() | list -%}
    {%- set faults = faults + monitor_template_faults('title', monitor.title, names, []) -%}
    {%- if monitor.group_title -%}
        {%- set faults = faults + monitor_template_faults(
            'group_title', monitor.group_title, monitor.group_by, ['events_total', 'impact']
        ) -%}
    {%- endif -%}
    {%- for name in monitor.group_by if name | lower not in names -%}
        {%- do faults.append(
            "meta.monitor.group_by names '" ~ name ~ "', which is no column of the SELECT: use one"
            ~ ' of ' ~ names | join(', ')
        ) -%}
    {%- endfor -%}
    {%- set evidence = monitor_evidence(monitor, columns)
        | map(attribute='name') | map('lower') | list -%}
    {%- for name in monitor.retro_by if name | lower not in evidence -%}
        {%- do faults.append(
            "meta.monitor.retro.by names '" ~ name ~ "', which is no evidence of the SELECT: use one"
            ~ ' of ' ~ evidence | join(', ')
        ) -%}
    {%- endfor -%}
    {{ return(faults) }}
{% endmacro %}


{% macro monitor_name_faults(monitor, columns) %}
    {%- set faults = [] -%}
    {%- set names = columns | map(attribute='name') | map('lower') | list -%}
    {%- for needed in ['entity_id', 'occurred_at'] if needed not in names -%}
        {%- do faults.append(
            'the SELECT of ' ~ model.original_file_path ~ ' returns no ' ~ needed ~ ': add `… as '
            ~ needed ~ '`'
        ) -%}
    {%- endfor -%}
    {%- set keys = monitor_select_words(monitor.kind)['keys'] -%}
    {%- for name in names | unique -%}
        {%- if name in monitor_own_columns() and name not in keys or name.startswith('opsloop_') -%}
            {%- do faults.append(
                "the SELECT's column '" ~ name ~ "' is a name that the event table keeps for"
                ~ ' itself: give it another alias in ' ~ model.original_file_path
            ) -%}
        {%- endif -%}
        {%- if names | select('equalto', name) | list | length > 1 -%}
            {%- do faults.append(
                "the SELECT returns the column '" ~ name ~ "' twice (upper and lower case are the"
                ~ ' same here): give one another alias in ' ~ model.original_file_path
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(faults) }}
{% endmacro %}


{# Types that print the same on every engine, or the event ids would not agree. #}
{% macro monitor_type_faults(monitor, by_name) %}
    {%- set allowed = {
        'entity_id': ['text', 'integer'], 'event_key': ['text', 'integer'],
        'occurred_at': ['timestamp', 'date'], 'severity': ['text'], 'owner': ['text'],
        'impact': ['integer', 'decimal', 'float'],
    } -%}
    {%- set faults = [] -%}
    {%- for name, families in allowed.items() if name in by_name -%}
        {%- set column = by_name[name] -%}
        {%- set family = type_shape(column.type).family -%}
        {%- if family == 'zoned' and name == 'occurred_at' -%}
            {%- do faults.append(
                'occurred_at has a time zone (' ~ column.type ~ "): write `… at time zone 'UTC' as"
                ~ ' occurred_at` in ' ~ model.original_file_path
            ) -%}
        {%- elif family not in families + ['null'] -%}
            {%- do faults.append(
                name ~ ' is ' ~ column.type ~ ', and must be ' ~ families | join(' or ')
                ~ ': cast it in the SELECT of ' ~ model.original_file_path
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(faults) }}
{% endmacro %}


{# Names inside the braces of a Python format template; `{{` and `}}` stand for braces. #}
{% macro monitor_template_faults(key, template, names, more_names) %}
    {%- set faults = [] -%}
    {#- a doubled brace, or a field with its name, conversion and format (which may hold fields) #}
    {%- set part = '\\{\\{|\\}\\}|\\{([^{}!:.\\[]*)(?:[^{}]|\\{[^{}]*\\})*\\}' -%}
    {%- set known = names | map('lower') | list + more_names -%}
    {%- for found in modules.re.finditer(part, template)
        if found.group(1) is not none and found.group(1) | lower not in known -%}
        {%- do faults.append(
            'meta.monitor.' ~ key ~ " names {" ~ found.group(1) ~ "}: use one of "
            ~ (names + more_names) | join(', ')
        ) -%}
    {%- endfor -%}
    {%- set rest = modules.re.sub(part, '', template) -%}
    {%- if '{' in rest or '}' in rest -%}
        {%- do faults.append(
            'meta.monitor.' ~ key ~ ' has a brace without its partner: close it, or write it twice'
        ) -%}
    {%- endif -%}
    {{ return(faults) }}
{% endmacro %}
