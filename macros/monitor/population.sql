{# The population: the rows a monitor looks at, its denominator and its completeness check. #}

{% macro monitor_population_faults(given) %}
    {%- set population = given.get('population') -%}
    {%- set faults = [] -%}
    {%- if population is not none and (population is not mapping or not population.get('model')) -%}
        {{ return(['meta.monitor.population must name a model: write {model: fct_orders}']) }}
    {%- endif -%}
    {%- set population = population or {} -%}
    {%- for key in population if key not in monitor_words().population -%}
        {%- do faults.append(
            'meta.monitor.population.' ~ key ~ ' is not a key of a population: use '
            ~ monitor_words().population | join(', ')
        ) -%}
    {%- endfor -%}
    {%- if given.get('fresh_within') and not population.get('updated_at') -%}
        {%- do faults.append(
            'meta.monitor.fresh_within needs population.updated_at: name the column whose latest'
            ~ " value is the data's age"
        ) -%}
    {%- endif -%}
    {%- set references = model.refs | map(attribute='name') | list -%}
    {%- if population and population.model not in references -%}
        {%- do faults.append(
            "meta.monitor.population.model '" ~ population.model ~ "' is not a dependency: add"
            ~ " `-- depends_on: {{ ref('" ~ population.model ~ "') }}` to "
            ~ model.original_file_path
        ) -%}
    {%- endif -%}
    {{ return(faults) }}
{% endmacro %}


{# One row: population, data_updated_at. Age is that of the whole model, count that of `where`. #}
{% macro monitor_population_sql(plan) %}
    {%- set population = plan.monitor.population -%}
    {%- if not population -%}
select
    cast(null as bigint) as population,
    {{ text_literal(none) }} as data_updated_at
    {%- else -%}
select
    {% if population.get('where') -%}
    count(case when {{ population.where }} then 1 end) as population,
    {%- else -%}
    count(*) as population,
    {%- endif %}
    {% if population.get('updated_at') -%}
    {{ text_of('cast(max(' ~ plan.updated_at ~ ') as timestamp)') }} as data_updated_at
    {%- else -%}
    {{ text_literal(none) }} as data_updated_at
    {%- endif %}
from {{ plan.population }}
    {%- endif -%}
{% endmacro %}


{# The column of the data's age, in UTC whether it has a zone or not. #}
{% macro monitor_updated_at(monitor, columns) %}
    {%- set name = monitor.population.get('updated_at') -%}
    {%- if not name -%}{{ return(none) }}{%- endif -%}
    {%- set column = monitor_by_name(columns).get(name | lower) -%}
    {%- if column is none -%}
        {%- do monitor_raise([
            "meta.monitor.population.updated_at '" ~ name ~ "' is no column of "
            ~ monitor.population.model ~ ': use one of '
            ~ columns | map(attribute='name') | join(', ')
        ]) -%}
    {%- endif -%}
    {%- set is_zoned = type_shape(column.type).family == 'zoned' -%}
    {{ return(quoted(column.name) ~ (" at time zone 'UTC'" if is_zoned else '')) }}
{% endmacro %}
