with

flights as (
    select * from {{ ref('fct_flights') }}
),

late as (
    select * from flights
    where
        flights.aircraft_id is not null
        and flights.departed_at is not null
        and flights.departure_delay_minutes >= {{ param('minutes') }}
),

counted as (
    select
        late.aircraft_id,
        late.carrier,
        count(*) as late_departures,
        max(late.departed_at) as last_late_at,
        sum(late.departure_delay_minutes) as delay_minutes,
        string_agg(late.flight_id, ', ' order by late.departed_at) as late_flights,
    from late
    group by
        late.aircraft_id,
        late.carrier
),

final as (
    select
        counted.aircraft_id as entity_id,
        counted.last_late_at as occurred_at,
        counted.carrier,
        counted.late_departures,
        counted.late_flights,
        counted.delay_minutes as impact,
        case
            when counted.late_departures >= {{ param('high_departures') }} then 'high'
            else 'medium'
        end as severity,
    from counted
    where counted.late_departures >= {{ param('departures') }}
)

select * from final
