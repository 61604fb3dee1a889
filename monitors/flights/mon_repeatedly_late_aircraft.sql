with

flights as (
    select * from {{ ref('fct_flights') }}
),

late as (
    select * from flights
    where
        aircraft_id is not null
        and departed_at is not null
        and departure_delay_minutes >= {{ param('minutes') }}
),

counted as (
    select
        aircraft_id,
        max_by(carrier, departed_at) as carrier,
        count(*) as late_departures,
        max(departed_at) as last_late_at,
        sum(departure_delay_minutes) as delay_minutes,
        string_agg(flight_id, ', ' order by departed_at) as late_flights
    from late
    group by aircraft_id
),

final as (
    select
        aircraft_id as entity_id,
        last_late_at as occurred_at,
        carrier,
        late_departures,
        late_flights,
        delay_minutes as impact,
        case
            when late_departures >= {{ param('high_departures') }} then 'high'
            else 'medium'
        end as severity
    from counted
    where late_departures >= {{ param('departures') }}
)

select * from final
