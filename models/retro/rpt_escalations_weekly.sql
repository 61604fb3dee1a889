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

quantiles as (
    select * from {{ ref('int_turnaround_weeks') }}
    where measure = 'answer'
),

incidents as (
    select
        *,
        cast(date_trunc('week', opened_at) as date) as week_start
    from {{ ref('fct_incidents') }}
),

escalations as (
    select
        cast(date_trunc('week', asked.asked_at) as date) as week_start,
        asked.from_team as team,
        {{ dimension_columns('incidents') }},
        asked.incident_id
    from {{ ref('fct_escalations') }} as asked
    inner join incidents on asked.incident_id = incidents.incident_id
),

asked as (
    select
        escalations.week_start,
        dimensions.dimension,
        {{ dimension_value('escalations') }} as dimension_value,
        count(distinct escalations.incident_id) as escalated_incidents
    from escalations
    inner join {{ dimensions() }} on {{ counts_under('escalations') }}
    group by escalations.week_start, dimensions.dimension, {{ dimension_value('escalations') }}
),

-- The share looks at the incidents opened in the week, so that part and whole are the same ones.
opened as (
    select
        incidents.week_start,
        dimensions.dimension,
        {{ dimension_value('incidents') }} as dimension_value,
        count(*) as incidents_opened,
        count(*) filter (where incidents.escalations_count > 0) as opened_escalated
    from incidents
    inner join {{ dimensions() }} on {{ counts_under('incidents') }}
    group by incidents.week_start, dimensions.dimension, {{ dimension_value('incidents') }}
),

weekly as (
    select
        weeks.week_start,
        weeks.iso_week,
        weeks.is_complete_week as is_complete,
        dimension_values.dimension,
        dimension_values.dimension_value,
        coalesce(quantiles.incidents, 0) as escalations,
        coalesce(quantiles.finished, 0) as answered,
        coalesce(quantiles.running, 0) as unanswered,
        coalesce(asked.escalated_incidents, 0) as escalated_incidents,
        coalesce(opened.incidents_opened, 0) as incidents_opened,
        coalesce(opened.opened_escalated, 0) as opened_escalated,
        {{ share('opened.opened_escalated', 'opened.incidents_opened') }} as escalated_share,
        quantiles.median_seconds as answer_median_seconds,
        quantiles.median_seconds is not null as is_median_reached,
        quantiles.p85_seconds as answer_p85_seconds,
        quantiles.p85_seconds is not null as is_p85_reached,
        quantiles.longest_seconds
    from weeks
    inner join dimension_values on {{ has_figures_on('weeks.week_start') }}
    left join quantiles
        on
            weeks.week_start = quantiles.week_start
            and dimension_values.dimension = quantiles.dimension
            and dimension_values.dimension_value = quantiles.dimension_value
    left join asked
        on
            weeks.week_start = asked.week_start
            and dimension_values.dimension = asked.dimension
            and dimension_values.dimension_value = asked.dimension_value
    left join opened
        on
            weeks.week_start = opened.week_start
            and dimension_values.dimension = opened.dimension
            and dimension_values.dimension_value = opened.dimension_value
)

select * from weekly
