with

incidents as (
    select
        *,
        cast(date_trunc('week', opened_at) as date) as week_start
    from {{ ref('fct_incidents') }}
),

incidents_of_weeks as (
    select * from {{ of_changed_weeks('incidents') }}
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

escalations_of_weeks as (
    select * from {{ of_changed_weeks('escalations') }}
),

asked as (
    select
        escalations.week_start,
        dimensions.dimension,
        {{ dimension_value('escalations') }} as dimension_value,
        count(distinct escalations.incident_id) as escalated_incidents
    from escalations_of_weeks as escalations
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
    from incidents_of_weeks as incidents
    inner join {{ dimensions() }} on {{ counts_under('incidents') }}
    group by incidents.week_start, dimensions.dimension, {{ dimension_value('incidents') }}
),

keys as (
    select
        week_start,
        dimension,
        dimension_value
    from asked
    union
    select
        week_start,
        dimension,
        dimension_value
    from opened
),

counted as (
    select
        keys.week_start,
        keys.dimension,
        keys.dimension_value,
        coalesce(asked.escalated_incidents, 0) as escalated_incidents,
        coalesce(opened.incidents_opened, 0) as incidents_opened,
        coalesce(opened.opened_escalated, 0) as opened_escalated
    from keys
    left join asked
        on
            keys.week_start = asked.week_start
            and keys.dimension = asked.dimension
            and keys.dimension_value = asked.dimension_value
    left join opened
        on
            keys.week_start = opened.week_start
            and keys.dimension = opened.dimension
            and keys.dimension_value = opened.dimension_value
)

select * from counted
