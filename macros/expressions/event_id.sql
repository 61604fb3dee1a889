{# A text behind its length, so that no two lists of parts read the same. #}
{% macro hash_part(expression) %}
    {{- return(text_of(octets(expression)) ~ " || ':' || " ~ expression) -}}
{% endmacro %}


{# An event's identity: the same bytes on every engine, pinned by golden vectors in tests/dbt. #}
{% macro event_id(monitor_id, entity_text, episode_text) %}
    {%- set parts = [monitor_id, entity_text, episode_text] | map('string') | list -%}
    {%- set hashed = [] -%}
    {%- for part in parts -%}{%- do hashed.append(hash_part(part)) -%}{%- endfor -%}
    {{- return('md5(' ~ hashed | join(' || ') ~ ')') -}}
{% endmacro %}
