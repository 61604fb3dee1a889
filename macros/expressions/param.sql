{# One parameter of the monitor: from its YAML, or in a unit test from `overrides: {vars: …}`. #}
{% macro param(name) %}
    {#- the YAML is not merged yet while dbt parses the SQL #}
    {%- if not execute -%}{{ return(0) }}{%- endif -%}
    {%- if model.resource_type == 'unit_test' -%}
        {%- set remedy = 'add `overrides: {vars: {' ~ name ~ ': …}}` to the unit test' -%}
        {%- set params = {name: var(name)} if var(name, none) is not none else {} -%}
    {%- else -%}
        {%- set remedy = 'add `' ~ name ~ '` to meta.monitor.params in ' ~ monitor_file() -%}
        {%- set params = model.config.meta.get('monitor', {}).get('params') or {} -%}
    {%- endif -%}
    {%- if name not in params -%}
        {{ exceptions.raise_compiler_error(
            model.name ~ ": param('" ~ name ~ "') has no value; " ~ remedy
        ) }}
    {%- endif -%}
    {{ return(param_as_sql(params[name])) }}
{% endmacro %}


{# A list becomes a SQL list, ready for `in`; anything else is returned as it is. #}
{% macro param_as_sql(value) %}
    {%- if value is string or value is mapping or value is not iterable -%}
        {{ return(value) }}
    {%- endif -%}
    {%- set items = [] -%}
    {%- for item in value -%}
        {%- do items.append(text_literal(item) if item is string else item) -%}
    {%- endfor -%}
    {{ return('(' ~ items | join(', ') ~ ')') }}
{% endmacro %}
