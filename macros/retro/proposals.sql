{# What proposals say and weigh. Their thresholds stand in thresholds.sql. #}

{# A count or a sum of the weeks that proposals look at, for one of them. #}
{% macro per_week(total) -%}
    {{ total }} / cast(max(incidents.weeks) as double precision)
{%- endmacro %}


{# A number as text, without decimals. #}
{% macro whole_text(number) -%}
    cast(cast(round({{ number }}) as {{ dbt.type_bigint() }}) as {{ dbt.type_string() }})
{%- endmacro %}


{# A share between 0 and 1 as text, such as '92 %'. #}
{% macro percent_text(share) -%}
    {{ whole_text('100.0 * (' ~ share ~ ')') }} || ' %'
{%- endmacro %}
