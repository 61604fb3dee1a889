{# What figures are told apart by: a relation with the column `dimension`, one row each. #}
{% macro dimensions() -%}
    (values ('total'), ('team'), ('monitor')) as dimensions (dimension)
{%- endmacro %}


{#
    A row's value in `dimensions.dimension`. `row` is the alias of a relation with the columns
    team and monitor_id; a missing one reads '(none)'.
#}
{% macro dimension_value(row) -%}
    case dimensions.dimension
        when 'total' then 'all'
        when 'team' then coalesce({{ row }}.team, '(none)')
        when 'monitor' then coalesce({{ row }}.monitor_id, '(none)')
    end
{%- endmacro %}
