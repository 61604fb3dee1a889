with

flights as (
    select * from {{ ref('stg_flights__flights') }}
),

airlines as (
    select * from {{ ref('stg_flights__airlines') }}
),

planes as (
    select * from {{ ref('stg_flights__planes') }}
),

-- Operations look at a week back and, as far as the schedule is known, a day ahead. No flight is
-- open that long: the latest departure of a year left 22 hours late.
in_operation as (
    select * from flights
    where scheduled_departure_at >= {{ as_of() }} - interval '7 days'
),

described as (
    select
        in_operation.flight_id,
        in_operation.carrier,
        airlines.carrier_name,
        in_operation.carrier || in_operation.flight_number as flight_name,
        in_operation.aircraft_id,
        in_operation.origin,
        in_operation.destination,
        'station_' || lower(in_operation.origin) as station_team,
        in_operation.flight_date,
        in_operation.status,
        in_operation.scheduled_departure_at,
        in_operation.departed_at,
        in_operation.departure_delay_minutes,
        in_operation.scheduled_arrival_at,
        in_operation.expected_arrival_at,
        in_operation.arrived_at,
        in_operation.arrival_delay_minutes,
        in_operation.cancelled_at,
        in_operation.diverted_at,
        in_operation.scheduled_block_minutes,
        -- Two carriers report fleet numbers that the register does not know: 100 seats are assumed.
        coalesce(planes.seats, 100) as seats,
        planes.seats is null as is_seats_assumed,
        in_operation.scheduled_departure_at + to_hours(in_operation.utc_offset_hours)
            as scheduled_departure_local_at,
        in_operation.status_updated_at
    from in_operation
    left join airlines on in_operation.carrier = airlines.carrier
    left join planes on in_operation.aircraft_id = planes.aircraft_id
),

-- Passengers of a flight that does not go are stranded when the carrier has no later one that day.
final as (
    select
        *,
        strftime(scheduled_departure_local_at, '%Y-%m-%d %H:00') as departure_hour,
        coalesce(
            max(scheduled_departure_at) filter (where status <> 'cancelled') over route_day
            > scheduled_departure_at,
            false
        ) as has_later_flight
    from described
    window
        route_day as (
            partition by
                carrier,
                origin,
                destination,
                flight_date
        )
)

select * from final
