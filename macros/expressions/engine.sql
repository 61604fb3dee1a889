{# SQL that differs by engine: one expression each, and nothing else in this folder may differ. #}

{# A value as the engine's text type. #}
{% macro text_of(expression) %}
    {{- return('cast(' ~ expression ~ ' as ' ~ dbt.type_string() ~ ')') -}}
{% endmacro %}


{# Length of a text in bytes of UTF-8: the only length that all engines agree on. #}
{% macro octets(expression) %}
    {{- return(adapter.dispatch('octets', 'opsloop')(expression)) -}}
{% endmacro %}

{% macro default__octets(expression) %}
    {{- return('octet_length(' ~ expression ~ ')') -}}
{% endmacro %}

{% macro duckdb__octets(expression) %}
    {{- return('strlen(' ~ expression ~ ')') -}}
{% endmacro %}


{# A timestamp as text of a fixed shape, whatever the session's settings say. #}
{% macro timestamp_text(expression) %}
    {{- return(adapter.dispatch('timestamp_text', 'opsloop')(expression)) -}}
{% endmacro %}

{% macro default__timestamp_text(expression) %}
    {{- return("to_char(" ~ expression ~ ", 'YYYY-MM-DD HH24:MI:SS.US')") -}}
{% endmacro %}

{% macro duckdb__timestamp_text(expression) %}
    {{- return("strftime(" ~ expression ~ ", '%Y-%m-%d %H:%M:%S.%f')") -}}
{% endmacro %}


{# An aggregate: the value of the row that is last by `order_column` among those of a condition. #}
{% macro latest(column, order_column, condition) %}
    {{- return(adapter.dispatch('latest', 'opsloop')(column, order_column, condition)) -}}
{% endmacro %}

{% macro default__latest(column, order_column, condition) %}
    {{- return('(array_agg(' ~ column ~ ' order by ' ~ order_column ~ ' desc) filter (where '
        ~ condition ~ '))[1]') -}}
{% endmacro %}

{% macro duckdb__latest(column, order_column, condition) %}
    {{- return('arg_max_null(' ~ column ~ ', ' ~ order_column ~ ') filter (where ' ~ condition
        ~ ')') -}}
{% endmacro %}


{# An aggregate: a number that moves if texts come or go, whatever their order. #}
{% macro fingerprint_of(column) %}
    {{- return(adapter.dispatch('fingerprint_of', 'opsloop')(column)) -}}
{% endmacro %}

{% macro default__fingerprint_of(column) %}
    {{- return('bit_xor(hashtextextended(' ~ column ~ ', 0))') -}}
{% endmacro %}

{% macro duckdb__fingerprint_of(column) %}
    {{- return('bit_xor(hash(' ~ column ~ '))') -}}
{% endmacro %}


{# A whole row as JSON text; `alias` is the row's table alias. #}
{% macro row_as_json(alias) %}
    {{- return(adapter.dispatch('row_as_json', 'opsloop')(alias)) -}}
{% endmacro %}

{% macro default__row_as_json(alias) %}
    {{- return(text_of('row_to_json(' ~ alias ~ ')')) -}}
{% endmacro %}

{% macro duckdb__row_as_json(alias) %}
    {{- return(text_of('to_json(' ~ alias ~ ')')) -}}
{% endmacro %}


{# A double, eight bytes wide. #}
{% macro type_double() %}
    {{- return('double precision') -}}
{% endmacro %}


{# A value of a type that the engine cannot compare (JSON on Postgres), made comparable. #}
{% macro comparable(expression, type) %}
    {{- return(adapter.dispatch('comparable', 'opsloop')(expression, type)) -}}
{% endmacro %}

{% macro default__comparable(expression, type) %}
    {{- return(expression) -}}
{% endmacro %}

{% macro postgres__comparable(expression, type) %}
    {%- set without_equality = ['json', 'xml', 'point', 'polygon'] -%}
    {{- return(text_of(expression) if type in without_equality else expression) -}}
{% endmacro %}


{# A table of this connection alone, gone with the transaction or the connection. #}
{% macro scratch_table(name) %}
    {{- return(adapter.dispatch('scratch_table', 'opsloop')(name)) -}}
{% endmacro %}

{% macro default__scratch_table(name) %}
    {{- return('pg_temp.opsloop_' ~ name) -}}
{% endmacro %}

{% macro duckdb__scratch_table(name) %}
    {{- return('temp.main.opsloop_' ~ name) -}}
{% endmacro %}


{# Fill a scratch table from a SELECT. #}
{% macro create_scratch_table(name, sql) %}
    {{- return(adapter.dispatch('create_scratch_table', 'opsloop')(name, sql)) -}}
{% endmacro %}

{% macro default__create_scratch_table(name, sql) %}
create temporary table opsloop_{{ name }} on commit drop as
{{ sql }}
{% endmacro %}

{% macro duckdb__create_scratch_table(name, sql) %}
create or replace temporary table opsloop_{{ name }} as
{{ sql }}
{% endmacro %}


{# The columns of several tables at once: rows of (place, column_name, data_type), in order. #}
{% macro columns_query(places) %}
    {{- return(adapter.dispatch('columns_query', 'opsloop')(places)) -}}
{% endmacro %}

{% macro default__columns_query(places) %}
{% for place, relation in places.items() %}
select
    {{ text_literal(place) }} as place,
    cast(attname as text) as column_name,
    format_type(atttypid, atttypmod) as data_type,
    attnum as position
from pg_attribute
where
    attrelid = cast({{ text_literal(relation) }} as regclass)
    and attnum > 0
    and not attisdropped
{% if not loop.last %}union all{% endif %}
{% endfor %}
order by place, position
{% endmacro %}

{% macro duckdb__columns_query(places) %}
{% for place, relation in places.items() %}
select {{ text_literal(place) }} as place, column_name, column_type as data_type
from (describe {{ relation }})
{% if not loop.last %}union all{% endif %}
{% endfor %}
{% endmacro %}


{# Keep other runs of the same monitor out until this transaction ends. #}
{% macro lock_table_sql(relation) %}
    {{- return(adapter.dispatch('lock_table_sql', 'opsloop')(relation)) -}}
{% endmacro %}

{% macro default__lock_table_sql(relation) %}
    {{- return('lock table ' ~ relation ~ ' in share row exclusive mode') -}}
{% endmacro %}

{# One process holds a DuckDB file, and dbt runs a model once: there is nobody to keep out. #}
{% macro duckdb__lock_table_sql(relation) %}
    {{- return('') -}}
{% endmacro %}
