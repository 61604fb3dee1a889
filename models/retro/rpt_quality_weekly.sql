{%- set counts = [
    'reopened', 'reassignments', 'ping_pongs', 'opened', 'found_by_monitor',
    'found_by_staff', 'found_by_customer', 'opened_with_entity', 'again_within_14_days',
    'again_within_28_days', 'ended', 'confirmed', 'false_alarms', 'duplicates',
    'accepted', 'self_resolved', 'ended_by_nobody', 'ended_by_one_person',
    'ended_by_several_people', 'ended_by_several_teams', 'people_sum', 'teams_sum',
] -%}
with

weeks as (
    select distinct
        week_start,
        iso_week,
        is_complete_week
    from {{ ref('dim_days') }}
),

dimension_values as (
    select * from {{ ref('dim_parts') }}
),

counted as (
    select * from {{ ref('int_quality_weeks') }}
),

weekly as (
    select
        weeks.week_start,
        weeks.iso_week,
        dimension_values.dimension,
        dimension_values.dimension_value,
        {% for count in counts %}
            coalesce(counted.{{ count }}, 0) as {{ count }},
        {% endfor %}
        weeks.is_complete_week as is_complete
    from weeks
    inner join dimension_values on {{ has_figures_on('weeks.week_start') }}
    left join counted
        on
            weeks.week_start = counted.week_start
            and dimension_values.dimension = counted.dimension
            and dimension_values.dimension_value = counted.dimension_value
)

select * from weekly
