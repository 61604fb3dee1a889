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
        source.carrier,
        source.flight as flight_number,
        source.tailnum as aircraft_id,
        source.origin,
        source.dest as destination,
        source.distance as distance_miles,
        source.dep_delay,
        source.arr_delay,
        make_date(source.year, source.month, source.day) as flight_date,
        source.time_hour + to_minutes(source.minute) as scheduled_departure_at,
        (source.hour - extract(hour from source.time_hour) - 24) % 24 as utc_offset_hours,
        source.sched_dep_time // 100 * 60 + source.sched_dep_time % 100 as departure_minute,
        source.sched_arr_time // 100 * 60 + source.sched_arr_time % 100 as arrival_minute,
    from source
),

-- Arrival is given in the destination's time; daylight saving begins and ends on the same days.
offsets as (
    select
        departures.*,
        airports.standard_utc_offset_hours
        + case when airports.has_daylight_saving and departures.utc_offset_hours = -4 then 1 else 0 end
            as destination_utc_offset_hours,
    from departures
    inner join airports on departures.destination = airports.airport
),

-- A flight takes less than a day, so that the clock at both ends tells how long it is scheduled for.
blocks as (
    select
        offsets.*,
        (
            offsets.arrival_minute - offsets.departure_minute
            - (offsets.destination_utc_offset_hours - offsets.utc_offset_hours) * 60
            + 2880
        ) % 1440 as scheduled_block_minutes,
    from offsets
),

-- What will have happened; only the next step knows what has happened by now.
happened as (
    select
        blocks.*,
        blocks.scheduled_departure_at
        + to_minutes(blocks.scheduled_block_minutes) as scheduled_arrival_at,
        blocks.scheduled_departure_at + to_minutes(blocks.dep_delay) as departure_at,
        blocks.scheduled_departure_at
        + to_minutes(blocks.scheduled_block_minutes + blocks.arr_delay) as arrival_at,
        -- The source has no time of a cancellation: two hours before departure is when a desk
        -- calls it at the latest.
        case
            when blocks.dep_delay is null
                then blocks.scheduled_departure_at - interval '2 hours'
        end as cancellation_at,
        -- Nor of a diversion: it shows when the flight does not arrive when it should have.
        case
            when blocks.dep_delay is not null and blocks.arr_delay is null
                then blocks.scheduled_departure_at
                    + to_minutes(blocks.dep_delay + blocks.scheduled_block_minutes)
        end as diversion_at,
    from blocks
),

-- The one place that hides what was not known: the schedule a day ahead, the rest as it happens.
known as (
    select
        happened.carrier || happened.flight_number || '-' || happened.origin
        || '-' || happened.flight_date as flight_id,
        happened.carrier,
        happened.flight_number,
        happened.aircraft_id,
        happened.origin,
        happened.destination,
        happened.distance_miles,
        happened.flight_date,
        happened.scheduled_departure_at,
        happened.scheduled_arrival_at,
        happened.scheduled_block_minutes,
        happened.utc_offset_hours,
        case when happened.departure_at <= {{ as_of() }} then happened.departure_at end as departed_at,
        case when happened.arrival_at <= {{ as_of() }} then happened.arrival_at end as arrived_at,
        case
            when happened.cancellation_at <= {{ as_of() }} then happened.cancellation_at
        end as cancelled_at,
        case when happened.diversion_at <= {{ as_of() }} then happened.diversion_at end as diverted_at,
    from happened
    where happened.scheduled_departure_at <= {{ as_of() }} + interval '24 hours'
),

-- A flight that has not left yet is late by the time that has passed since it should have.
delayed as (
    select
        known.*,
        case
            when known.cancelled_at is not null then 'cancelled'
            when known.diverted_at is not null then 'diverted'
            when known.arrived_at is not null then 'arrived'
            when known.departed_at is not null then 'airborne'
            else 'scheduled'
        end as status,
        case
            when known.cancelled_at is not null then null
            when known.departed_at is not null
                then date_diff('minute', known.scheduled_departure_at, known.departed_at)
            else greatest(0, date_diff('minute', known.scheduled_departure_at, {{ as_of() }}))
        end as departure_delay_minutes,
    from known
),

-- An airborne flight takes its scheduled time, or longer when that has passed already.
expected as (
    select
        delayed.*,
        case
            when delayed.arrived_at is not null then delayed.arrived_at
            when delayed.status = 'airborne'
                then greatest(
                    delayed.departed_at + to_minutes(delayed.scheduled_block_minutes), {{ as_of() }}
                )
            when delayed.status = 'scheduled'
                then delayed.scheduled_arrival_at + to_minutes(delayed.departure_delay_minutes)
        end as expected_arrival_at,
    from delayed
),

final as (
    select
        expected.*,
        date_diff('minute', expected.scheduled_arrival_at, expected.expected_arrival_at)
            as arrival_delay_minutes,
    from expected
)

select * from final
