{# Seconds from one timestamp to a later one, with their fraction; negative if it is earlier. #}
{% macro seconds_between(earlier, later) -%}
    cast(extract(epoch from ({{ later }} - {{ earlier }})) as double precision)
{%- endmacro %}


{# The end of what this run knows: a row recorded within as_of()'s second is known. #}
{% macro known_before() -%}
    {{ as_of() }} + interval '1 second'
{%- endmacro %}


{# One row per day from one date to another, both included: a set-returning SELECT expression. #}
{% macro each_day(first_day, last_day) -%}
    {{ adapter.dispatch('each_day', 'opsloop')(first_day, last_day) }}
{%- endmacro %}

{% macro default__each_day(first_day, last_day) -%}
    generate_series({{ first_day }}, {{ last_day }}, interval '1 day')
{%- endmacro %}

{% macro duckdb__each_day(first_day, last_day) -%}
    unnest(generate_series({{ first_day }}, {{ last_day }}, interval '1 day'))
{%- endmacro %}


{# The ISO week of a date as text that sorts, such as 2013-W07. #}
{% macro iso_week(day) -%}
    {{ adapter.dispatch('iso_week', 'opsloop')(day) }}
{%- endmacro %}

{% macro default__iso_week(day) -%}
    to_char({{ day }}, 'IYYY"-W"IW')
{%- endmacro %}

{% macro duckdb__iso_week(day) -%}
    strftime({{ day }}, '%G-W%V')
{%- endmacro %}


{#
    Seconds from a timestamp until the end of what is known: the age of what is still open, never
    negative. `known_until` is the column of that name: as_of(), or the end of an imported log.
#}
{% macro seconds_until(moment, known_until) -%}
    greatest({{ seconds_between(moment, known_until) }}, 0)
{%- endmacro %}
