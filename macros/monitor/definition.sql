{# Read and judge `meta.monitor`; a fault names the file, the key and the remedy. #}

{# The file that holds a monitor's definition. #}
{% macro monitor_file() %}
    {%- set path = model.get('patch_path') or model.original_file_path -%}
    {{ return(path.split('://') | last) }}
{% endmacro %}


{# Stop the monitor with all faults of its definition. #}
{% macro monitor_raise(faults) %}
    {%- if faults -%}
        {{ exceptions.raise_compiler_error(
            monitor_file() ~ ": monitor '" ~ model.name ~ "': " ~ faults | join('; ')
        ) }}
    {%- endif -%}
{% endmacro %}


{# The words of a definition, each in one place. #}
{% macro monitor_words() %}
    {{ return({
        'kinds': ['state', 'event', 'metric'],
        'severities': ['critical', 'high', 'medium', 'low'],
        'required': ['kind', 'entity', 'owner', 'severity', 'title'],
        'optional': [
            'id', 'previously', 'impact_unit', 'group_by', 'group_title', 'runbook', 'class',
            'type', 'maintainers', 'population', 'fresh_within', 'params', 'pending_for',
            'keep_for', 'reopen_within', 'verify_within', 'worse_by', 'on_clear',
            'max_new_incidents', 'max_new_incidents_first_run', 'impact_bands', 'retro',
        ],
        'durations': ['fresh_within', 'pending_for', 'keep_for', 'reopen_within', 'verify_within'],
        'countable': ['pending_for', 'keep_for'],
        'population': ['model', 'where', 'updated_at'],
        'on_clear': ['resolve', 'flag'],
        'retro': ['by'],
    }) }}
{% endmacro %}


{# The stable id of a monitor: what its events are hashed with and its runs are stored under. #}
{% macro monitor_id_of(name, meta) %}
    {#- asked of refused definitions too, where a text may stand for the list -#}
    {%- set earlier = meta.get('previously') -%}
    {%- set is_list = earlier and earlier is not string and earlier is not mapping -%}
    {{ return(meta.get('id') or (earlier[0] if is_list else name)) }}
{% endmacro %}


{# The definition as the materialization uses it, or a compiler error with every fault. #}
{% macro monitor_definition() %}
    {%- set given = model.config.meta.get('monitor') -%}
    {%- if given is not mapping -%}
        {%- do monitor_raise([
            'meta.monitor is missing: add config.meta.monitor with '
            ~ monitor_words().required | join(', ')
        ]) -%}
    {%- endif -%}
    {%- set faults = monitor_key_faults(given) + monitor_value_faults(given) -%}
    {%- set faults = faults + monitor_duration_faults(given) + monitor_population_faults(given) -%}
    {%- set faults = faults + monitor_retro_faults(given) -%}
    {%- do monitor_raise(faults) -%}
    {%- do monitor_raise(monitor_identity_faults(given)) -%}
    {{ return({
        'id': monitor_id_of(model.name, given),
        'kind': given.kind,
        'title': given.title,
        'group_title': given.get('group_title'),
        'group_by': given.get('group_by') or ['entity_id'],
        'previously': given.get('previously') or [],
        'population': given.get('population') or {},
        'retro_by': (given.get('retro') or {}).get('by') or [],
        'fresh_within': monitor_duration(given.get('fresh_within')),
        'pending_for': monitor_duration(given.get('pending_for')),
        'keep_for': monitor_duration(given.get('keep_for')),
    }) }}
{% endmacro %}


{% macro monitor_key_faults(given) %}
    {%- set words = monitor_words() -%}
    {%- set faults = [] -%}
    {%- for key in words.required if not given.get(key) -%}
        {%- do faults.append('meta.monitor.' ~ key ~ ' is missing: add it') -%}
    {%- endfor -%}
    {%- for key in given if key not in words.required + words.optional -%}
        {%- do faults.append(
            'meta.monitor.' ~ key ~ ' is not a key of a monitor: remove it, or use one of '
            ~ (words.required + words.optional) | join(', ')
        ) -%}
    {%- endfor -%}
    {{ return(faults) }}
{% endmacro %}


{% macro monitor_value_faults(given) %}
    {%- set words = monitor_words() -%}
    {%- set faults = [] -%}
    {%- set choices = {
        'kind': words.kinds, 'severity': words.severities, 'on_clear': words.on_clear
    } -%}
    {%- for key, allowed in choices.items() if given.get(key) and given[key] not in allowed -%}
        {%- do faults.append(
            'meta.monitor.' ~ key ~ " is '" ~ given[key] ~ "': use one of " ~ allowed | join(', ')
        ) -%}
    {%- endfor -%}
    {%- for key in ['entity', 'owner', 'title', 'group_title', 'id'] -%}
        {%- if given.get(key) and given[key] is not string -%}
            {%- do faults.append('meta.monitor.' ~ key ~ ' must be a text: put it in quotes') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for key in ['previously', 'group_by'] -%}
        {%- if given.get(key) and (given[key] is string or given[key] is mapping) -%}
            {%- do faults.append(
                'meta.monitor.' ~ key ~ ' must be a list: write [' ~ given[key] ~ ']'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if given.get('params') and given.params is not mapping -%}
        {%- do faults.append('meta.monitor.params must be a mapping: write {name: value}') -%}
    {%- endif -%}
    {{ return(faults) }}
{% endmacro %}


{# What the retro's figures are told apart by; the SELECT's columns are judged with its others. #}
{% macro monitor_retro_faults(given) %}
    {%- set retro = given.get('retro') -%}
    {%- set faults = [] -%}
    {%- if retro is not none -%}
        {%- set by = retro.get('by') if retro is mapping else none -%}
        {%- if retro is not mapping or retro.keys() | list != monitor_words().retro
            or not by or by is string or by is mapping -%}
            {%- do faults.append(
                "meta.monitor.retro is '" ~ retro ~ "': write {by: [carrier]} with columns of evidence"
            ) -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(faults) }}
{% endmacro %}


{# Two monitors with one id would share run numbers and event ids. #}
{% macro monitor_identity_faults(given) %}
    {%- set own_id = monitor_id_of(model.name, given) -%}
    {%- set faults = [] -%}
    {%- set earlier_names = given.get('previously') or [] -%}
    {%- for node in graph.nodes.values() | selectattr('config.materialized', 'equalto', 'monitor')
        if node.unique_id != model.unique_id -%}
        {%- set other = node.config.meta.get('monitor') -%}
        {%- if other is mapping and monitor_id_of(node.name, other) == own_id -%}
            {%- do faults.append(
                "meta.monitor.id '" ~ own_id ~ "' is also the id of " ~ node.original_file_path
                ~ ': give one of them an id of its own'
            ) -%}
        {%- endif -%}
        {%- if node.name in earlier_names -%}
            {%- do faults.append(
                "meta.monitor.previously names '" ~ node.name ~ "', which still is a monitor in "
                ~ node.original_file_path ~ ': remove the old file or the name'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(faults) }}
{% endmacro %}
