{%- set measures = [
    'acknowledge', 'resolve', 'final_resolve', 'resolve_by_people', 'close', 'answer',
    'acknowledge_business', 'resolve_business', 'final_resolve_business',
] -%}
{%- set counts = [
    'incidents', 'open', 'resolved', 'closed', 'reopened_incidents', 'reassigned_incidents',
    'escalated_incidents', 'escalations', 'self_resolved',
] -%}
with

incidents as (
    select * from {{ ref('fct_incidents') }}
),

quantiles as (
    select * from {{ ref('int_turnaround_all_time') }}
),

counted as (
    select
        dimensions.dimension,
        {{ dimension_value('incidents') }} as dimension_value,
        count(*) as incidents,
        count(*) filter (where incidents.is_open) as open,
        count(*) filter (where incidents.state = 'resolved') as resolved,
        count(*) filter (where incidents.state = 'closed') as closed,
        count(*) filter (where incidents.reopened_count > 0) as reopened_incidents,
        count(*) filter (where incidents.reassignments_count > 0)
            as reassigned_incidents,
        count(*) filter (where incidents.escalations_count > 0) as escalated_incidents,
        sum(incidents.escalations_count) as escalations,
        count(*) filter (where incidents.is_self_resolved) as self_resolved
    from incidents
    inner join {{ dimensions() }} on {{ counts_under('incidents') }}
    group by dimensions.dimension, {{ dimension_value('incidents') }}
),

turnaround as (
    select
        {% for measure in measures %}
            max(case when measure = '{{ measure }}' then finished end) as {{ measure }}_count,
            max(case when measure = '{{ measure }}' then running end) as {{ measure }}_running,
            max(case when measure = '{{ measure }}' then median_seconds end)
                as {{ measure }}_median_seconds,
            max(case when measure = '{{ measure }}' then p85_seconds end)
                as {{ measure }}_p85_seconds,
            max(case when measure = '{{ measure }}' then p95_seconds end)
                as {{ measure }}_p95_seconds,
            max(case when measure = '{{ measure }}' then longest_seconds end)
                as {{ measure }}_longest_seconds,
        {% endfor %}
        dimension,
        dimension_value
    from quantiles
    group by dimension, dimension_value
),

parts as (
    select * from {{ ref('dim_parts') }}
),

headline as (
    select
        parts.dimension,
        parts.dimension_value,
        {% for count in counts %}
            cast(coalesce(counted.{{ count }}, 0) as bigint) as {{ count }},
        {% endfor %}
        {% for measure in measures %}
            coalesce(turnaround.{{ measure }}_count, 0) as {{ measure }}_count,
            coalesce(turnaround.{{ measure }}_running, 0) as {{ measure }}_running,
            turnaround.{{ measure }}_median_seconds,
            turnaround.{{ measure }}_p85_seconds,
            turnaround.{{ measure }}_p95_seconds,
            turnaround.{{ measure }}_longest_seconds,
        {% endfor %}
        {{ as_of() }} as figures_as_of
    from parts
    left join counted
        on
            parts.dimension = counted.dimension
            and parts.dimension_value = counted.dimension_value
    left join turnaround
        on
            parts.dimension = turnaround.dimension
            and parts.dimension_value = turnaround.dimension_value
)

select * from headline
