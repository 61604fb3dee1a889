with

flights as (
    select * from {{ ref('fct_flights') }}
),

-- Cancellations are known two hours before departure: what is due until then counts as well.
around_now as (
    select * from flights
    where
        flights.scheduled_departure_at > {{ as_of() }} - to_hours({{ param('hours') }})
        and flights.scheduled_departure_at <= {{ as_of() }} + interval '2 hours'
),

counted as (
    select
        around_now.carrier,
        around_now.origin,
        count(*) as flights_due,
        count(*) filter (where around_now.status = 'cancelled') as flights_cancelled,
        sum(around_now.seats) filter (where around_now.status = 'cancelled') as seats_cancelled,
        min(around_now.cancelled_at) as first_cancelled_at,
    from around_now
    group by
        around_now.carrier,
        around_now.origin
),

final as (
    select
        counted.carrier || '-' || counted.origin as entity_id,
        counted.first_cancelled_at as occurred_at,
        counted.carrier,
        counted.origin,
        counted.flights_due,
        counted.flights_cancelled,
        counted.seats_cancelled as impact,
        case
            when counted.flights_cancelled * 2 >= counted.flights_due then 'critical'
            else 'high'
        end as severity,
    from counted
    where
        counted.flights_cancelled >= {{ param('flights') }}
        and counted.flights_cancelled * 100 >= counted.flights_due * {{ param('percent') }}
)

select * from final
