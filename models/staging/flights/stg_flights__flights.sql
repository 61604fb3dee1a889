with

source as (
    select * from {{ source('flights', 'flights') }}
),

airports as (
    select * from {{ ref('stg_flights__airports') }}
),

-- `time_hour` is the scheduled hour in UTC and `hour` the same in New York: their distance is New
-- York's offset, also on the days when the clocks change.
departures as (
    select
        carrier,
        flight as flight_number,
        tailnum as aircraft_id,
        origin,
        dest as destination,
        distance as distance_miles,
        dep_delay,
        arr_delay,
        make_date(year, month, day) as flight_date,
        time_hour + to_minutes(minute) as scheduled_departure_at,
        (hour - extract(hour from time_hour) - 24) % 24 as utc_offset_hours,
        sched_dep_time // 100 * 60 + sched_dep_time % 100 as departure_minute,
        sched_arr_time // 100 * 60 + sched_arr_time % 100 as arrival_minute
    from source
),

-- Arrival is given in the destination's time; daylight saving begins and ends on the same days. A
-- flight to a place that is not listed keeps its departure, and has no arrival.
offsets as (
    select
        departures.*,
        case
            when airports.has_daylight_saving and departures.utc_offset_hours = -4
                then airports.standard_utc_offset_hours + 1
            else airports.standard_utc_offset_hours
        end as destination_utc_offset_hours
    from departures
    left join airports on departures.destination = airports.airport
),

-- A flight takes less than a day, so that the clocks at both ends tell how long it is to take.
blocks as (
    select
        *,
        (
            arrival_minute - departure_minute
            - (destination_utc_offset_hours - utc_offset_hours) * 60
            + 2880
        ) % 1440 as scheduled_block_minutes
    from offsets
),

-- What will have happened; only the next step knows what has happened by now.
happened as (
    select
        *,
        scheduled_departure_at + to_minutes(scheduled_block_minutes) as scheduled_arrival_at,
        scheduled_departure_at + to_minutes(dep_delay) as departure_at,
        scheduled_departure_at + to_minutes(scheduled_block_minutes + arr_delay) as arrival_at,
        -- The source has no time of a cancellation: two hours before departure is when a desk
        -- calls it at the latest.
        case when dep_delay is null then scheduled_departure_at - interval '2 hours' end
            as cancellation_at,
        -- Nor of a diversion: it shows when the flight does not arrive when it should have.
        case
            when dep_delay is not null and arr_delay is null
                then scheduled_departure_at + to_minutes(dep_delay + scheduled_block_minutes)
        end as diversion_at
    from blocks
),

-- The one place that hides what was not known: the schedule a day ahead, the rest as it happens.
known as (
    select
        carrier || flight_number || '-' || origin || '-' || flight_date as flight_id,
        carrier,
        flight_number,
        aircraft_id,
        origin,
        destination,
        distance_miles,
        flight_date,
        scheduled_departure_at,
        scheduled_arrival_at,
        scheduled_block_minutes,
        utc_offset_hours,
        case when departure_at <= {{ as_of() }} then departure_at end as departed_at,
        case when arrival_at <= {{ as_of() }} then arrival_at end as arrived_at,
        case when cancellation_at <= {{ as_of() }} then cancellation_at end as cancelled_at,
        case when diversion_at <= {{ as_of() }} then diversion_at end as diverted_at
    from happened
    where scheduled_departure_at <= {{ as_of() }} + interval '24 hours'
),

-- A flight that has not left yet is late by the time that has passed since it should have.
delayed as (
    select
        *,
        case
            when cancelled_at is not null then 'cancelled'
            when diverted_at is not null then 'diverted'
            when arrived_at is not null then 'arrived'
            when departed_at is not null then 'airborne'
            else 'scheduled'
        end as status,
        case
            when cancelled_at is not null then null
            when departed_at is not null
                then date_diff('minute', scheduled_departure_at, departed_at)
            else greatest(0, date_diff('minute', scheduled_departure_at, {{ as_of() }}))
        end as departure_delay_minutes,
        greatest(departed_at, arrived_at, cancelled_at, diverted_at) as status_updated_at
    from known
),

-- An airborne flight takes its scheduled time, or longer when that has passed already.
expected as (
    select
        *,
        case
            when arrived_at is not null then arrived_at
            when status = 'airborne'
                then greatest(departed_at + to_minutes(scheduled_block_minutes), {{ as_of() }})
            when status = 'scheduled'
                then scheduled_arrival_at + to_minutes(departure_delay_minutes)
        end as expected_arrival_at
    from delayed
),

final as (
    select
        *,
        date_diff('minute', scheduled_arrival_at, expected_arrival_at) as arrival_delay_minutes
    from expected
)

select * from final
