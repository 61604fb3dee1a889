with

flights as (
    select * from {{ ref('stg_flights__flights') }}
),

-- Day 0 is the last 24 hours, days 1 to 28 are what they are compared with. Days are counted back
-- from now, so that each is complete and has the same hours in it.
due as (
    select
        *,
        date_diff('minute', scheduled_departure_at, {{ as_of() }}) // 1440 as days_ago
    from flights
    where
        scheduled_departure_at > {{ as_of() }} - interval '29 days'
        and scheduled_departure_at <= {{ as_of() }}
),

final as (
    select
        origin as station,
        carrier,
        days_ago,
        count(*) as flights_due,
        count(*) filter (where status = 'cancelled') as flights_cancelled,
        count(*) filter (where departure_delay_minutes >= 15) as flights_late,
        max(status_updated_at) as status_updated_at
    from due
    group by
        origin,
        carrier,
        days_ago
)

select * from final
