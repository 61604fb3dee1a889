with

flights as (
    select * from {{ ref('fct_flights') }}
),

-- Cancellations are known two hours before departure: what is due until then counts as well.
around_now as (
    select * from flights
    where
        scheduled_departure_at > {{ as_of() }} - to_hours({{ param('hours') }})
        and scheduled_departure_at <= {{ as_of() }} + interval '2 hours'
),

counted as (
    select
        carrier,
        origin,
        count(*) as flights_due,
        count(*) filter (where status = 'cancelled') as flights_cancelled,
        sum(seats) filter (where status = 'cancelled') as seats_cancelled,
        min(cancelled_at) as first_cancelled_at
    from around_now
    group by
        carrier,
        origin
),

final as (
    select
        carrier || '-' || origin as entity_id,
        first_cancelled_at as occurred_at,
        carrier,
        origin,
        flights_due,
        flights_cancelled,
        seats_cancelled as impact,
        case
            when flights_cancelled * 2 >= flights_due then 'critical'
            else 'high'
        end as severity
    from counted
    where
        flights_cancelled >= {{ param('flights') }}
        and flights_cancelled * 100 >= flights_due * {{ param('percent') }}
)

select * from final
