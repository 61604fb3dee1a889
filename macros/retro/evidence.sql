{# What kind of thing a monitor's entities are, by its definition; null for other incidents. #}
{% macro entity_type_of(monitor_id) -%}
    {%- set monitors = defined_monitors() -%}
    {%- if monitors -%}
        case {{ monitor_id }}
            {%- for monitor in monitors %}
                when {{ text_literal(monitor.id) }}
                    then {{ text_literal(monitor.given.get('entity', '')) }}
            {%- endfor %}
        end
    {%- else -%}
        cast(null as {{ dbt.type_string() }})
    {%- endif -%}
{%- endmacro %}


{# Names and values as one JSON object of texts, an aggregate. #}
{% macro json_object_of(name, value) -%}
    {{ adapter.dispatch('json_object_of', 'opsloop')(name, value) }}
{%- endmacro %}

{% macro default__json_object_of(name, value) -%}
    cast(json_object_agg({{ name }}, {{ value }}) as text)
{%- endmacro %}

{% macro duckdb__json_object_of(name, value) -%}
    cast(json_group_object({{ name }}, {{ value }}) as varchar)
{%- endmacro %}


{# A name's value in a JSON object that is kept as text; null where it has none. #}
{% macro json_text(object, name) -%}
    cast({{ object }} as json) ->> {{ text_literal(name) }}
{%- endmacro %}
