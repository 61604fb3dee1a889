{# Python values as SQL literals. #}

{% macro text_literal(value) %}
    {%- if value is none -%}{{ return('cast(null as ' ~ dbt.type_string() ~ ')') }}{%- endif -%}
    {{ return("'" ~ (value | string | replace("'", "''")) ~ "'") }}
{% endmacro %}


{% macro timestamp_literal(moment) %}
    {%- if moment is none -%}{{ return('cast(null as timestamp)') }}{%- endif -%}
    {%- set text = moment.strftime('%Y-%m-%d %H:%M:%S') -%}
    {%- if moment.microsecond -%}
        {%- set text = moment.strftime('%Y-%m-%d %H:%M:%S.%f') -%}
    {%- endif -%}
    {{ return("cast('" ~ text ~ "' as timestamp)") }}
{% endmacro %}


{% macro number_literal(value) %}
    {%- if value is none -%}{{ return('cast(null as bigint)') }}{%- endif -%}
    {{ return(value | int | string) }}
{% endmacro %}


{# Double a quote inside a name, which dbt's own quoting leaves as it is. #}
{% macro quoted(name) %}
    {{ return(adapter.quote(name | replace('"', '""'))) }}
{% endmacro %}
