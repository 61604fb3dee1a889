with

flights as (
    select * from {{ ref('fct_flights') }}
),

waiting as (
    select * from flights
    where
        status = 'scheduled'
        and departure_delay_minutes >= {{ param('minutes') }}
),

counted as (
    select
        origin,
        station_team,
        count(*) as flights_waiting,
        min(scheduled_departure_at) as waiting_since_at,
        max(departure_delay_minutes) as longest_delay_minutes,
        sum(seats) as seats_waiting,
        mode(carrier order by carrier) as most_frequent_carrier
    from waiting
    group by
        origin,
        station_team
),

final as (
    select
        origin as entity_id,
        waiting_since_at as occurred_at,
        flights_waiting,
        longest_delay_minutes,
        most_frequent_carrier,
        station_team as owner,
        seats_waiting as impact,
        case
            when flights_waiting >= {{ param('critical_flights') }} then 'critical'
            else 'high'
        end as severity
    from counted
    where flights_waiting >= {{ param('flights') }}
)

select * from final
