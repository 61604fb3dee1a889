{#
    What figures are told apart by, and how a row is counted: one row per dimension that a relation
    has, joined by
        inner join {{ dimensions() }} on {{ counts_under('incidents') }}
    and read as dimensions.dimension and {{ dimension_value('incidents') }}. The relation has the
    columns `team` and those of dimension_columns().
#}

{# What figures are told apart by: a relation with the column `dimension`, one row each. #}
{% macro dimensions() -%}
    (
        values
        ('total'), ('team'), ('source')
        {%- for name in incident_dimensions() %}, ('{{ name }}'){% endfor %}
        {%- for one in evidence_dimensions() %}, ({{ text_literal(one.dimension) }}){% endfor %}
    ) as dimensions (dimension)
{%- endmacro %}


{#
    The columns, beside `team`, that a relation needs for dimension_value(). `row` is the alias of
    the relation they are read from, needed where others are joined.
#}
{% macro dimension_columns(row='') -%}
    {%- set of = row ~ '.' if row else '' -%}
    {% for column in incident_dimensions().values() -%}
        {{ of }}{{ column }},
    {% endfor -%}
    {{ of }}evidence,
    {{ of }}source
{%- endmacro %}


{# A row's value in `dimensions.dimension`; `row` is the alias of a relation with those columns. #}
{% macro dimension_value(row) -%}
    case dimensions.dimension
        when 'total' then 'all'
        when 'team' then coalesce({{ row }}.team, '(none)')
        when 'source' then {{ row }}.source
        {%- for name, column in incident_dimensions().items() %}
            when '{{ name }}' then coalesce({{ row }}.{{ column }}, '(none)')
        {%- endfor %}
        {%- for one in evidence_dimensions() %}
            when {{ text_literal(one.dimension) }}
                then coalesce({{ json_text(row ~ '.evidence', one.column) }}, '(none)')
        {%- endfor %}
    end
{%- endmacro %}


{#
    Whether a row counts under a dimension: what was imported counts for its source alone, and a
    column of evidence tells apart what its own monitor found.
#}
{% macro counts_under(row) -%}
    (dimensions.dimension = 'source') = ({{ row }}.source is not null)
    {%- for one in evidence_dimensions() %}
        and (
            dimensions.dimension <> {{ text_literal(one.dimension) }}
            or {{ row }}.monitor_id = {{ text_literal(one.monitor_id) }}
        )
    {%- endfor %}
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
