{# What figures are told apart by: a relation with the column `dimension`, one row each. #}
{% macro dimensions() -%}
    (values ('total'), ('team'), ('monitor'), ('source')) as dimensions (dimension)
{%- endmacro %}


{#
    A row's value in `dimensions.dimension`. `row` is the alias of a relation with the columns
    team, monitor_id and source; a missing team or monitor reads '(none)'.
#}
{% macro dimension_value(row) -%}
    case dimensions.dimension
        when 'total' then 'all'
        when 'team' then coalesce({{ row }}.team, '(none)')
        when 'monitor' then coalesce({{ row }}.monitor_id, '(none)')
        when 'source' then {{ row }}.source
    end
{%- endmacro %}


{# Whether a row counts under a dimension: what was imported counts for its source alone. #}
{% macro counts_under(row) -%}
    (dimensions.dimension = 'source') = ({{ row }}.source is not null)
{%- endmacro %}


{# Whether a day, or a week by its Monday, is among those that a dimension value has figures of. #}
{% macro has_figures_on(day) -%}
    (
        dimension_values.first_day is null
        or {{ day }} >= date_trunc('week', dimension_values.first_day)
    )
    and (
        dimension_values.last_day is null
        or {{ day }} < date_trunc('week', dimension_values.last_day) + interval '7 days'
    )
{%- endmacro %}
