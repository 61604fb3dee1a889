with

incidents as (
    select * from {{ ref('fct_incidents') }}
    where source is null
),

work as (
    select * from {{ ref('fct_incident_work') }}
),

weighed as (
    select
        incidents.*,
        work.touch_minutes,
        work.estimated_minutes
    from incidents
    inner join work on incidents.incident_id = work.incident_id
),

-- The columns of evidence alone; a dimension of one is called after its monitor and column.
counted as (
    select
        weighed.monitor_id,
        dimensions.dimension,
        {{ dimension_value('weighed') }} as dimension_value,
        count(*) as incidents,
        sum(weighed.events_count) as events,
        count(weighed.touch_minutes) as recorded_incidents,
        sum(weighed.touch_minutes) as recorded_minutes,
        sum(weighed.estimated_minutes) as estimated_minutes,
        count(*) filter (where weighed.is_self_resolved) as self_resolved,
        count(*) filter (where weighed.resolution_code = 'false_alarm') as false_alarms,
        count(*) filter (
            where {{ is_review('weighed.resolution_code') }} and not weighed.is_open
        ) as reviewed
    from weighed
    inner join {{ dimensions() }} on {{ counts_under('weighed') }}
    where dimensions.dimension like weighed.monitor_id || '.%'
    group by
        weighed.monitor_id,
        dimensions.dimension,
        {{ dimension_value('weighed') }}
),

ranked as (
    select
        *,
        row_number() over most_first as place,
        sum(incidents) over (partition by dimension) as all_incidents
    from counted
    window most_first as (
        partition by dimension order by incidents desc, dimension_value asc
    )
),

report as (
    select
        monitor_id,
        dimension,
        dimension_value,
        place,
        incidents,
        {{ without_dust(share('incidents', 'all_incidents')) }} as incidents_share,
        cast(events as bigint) as events,
        recorded_incidents,
        recorded_minutes,
        estimated_minutes,
        self_resolved,
        false_alarms,
        reviewed
    from ranked
)

select * from report
