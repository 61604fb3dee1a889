with

flights as (
    select * from {{ ref('fct_flights') }}
),

waiting as (
    select * from flights
    where
        flights.status = 'scheduled'
        and flights.departure_delay_minutes >= {{ param('minutes') }}
),

counted as (
    select
        waiting.origin,
        waiting.station_team,
        count(*) as flights_waiting,
        min(waiting.scheduled_departure_at) as waiting_since_at,
        max(waiting.departure_delay_minutes) as longest_delay_minutes,
        sum(waiting.seats) as seats_waiting,
        mode(waiting.carrier order by waiting.carrier) as most_frequent_carrier,
    from waiting
    group by
        waiting.origin,
        waiting.station_team
),

final as (
    select
        counted.origin as entity_id,
        counted.waiting_since_at as occurred_at,
        counted.flights_waiting,
        counted.longest_delay_minutes,
        counted.most_frequent_carrier,
        counted.station_team as owner,
        counted.seats_waiting as impact,
        case
            when counted.flights_waiting >= {{ param('critical_flights') }} then 'critical'
            else 'high'
        end as severity,
    from counted
    where counted.flights_waiting >= {{ param('flights') }}
)

select * from final
