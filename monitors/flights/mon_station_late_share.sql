with

carrier_days as (
    select * from {{ ref('fct_carrier_days') }}
),

station_days as (
    select
        station,
        days_ago,
        cast(sum(flights_due - flights_cancelled) as bigint) as flights,
        cast(sum(flights_late) as bigint) as flights_late
    from carrier_days
    group by
        station,
        days_ago
),

expectations as (
    select
        station,
        count(*) as past_days,
        avg(flights_late / flights) as usual_share,
        stddev_samp(flights_late / flights) as share_deviation
    from station_days
    where
        days_ago > 0
        and flights > 0
    group by station
),

carrier_shares as (
    select
        station,
        carrier,
        sum(flights_due - flights_cancelled) filter (where days_ago = 0) as flights,
        sum(flights_late) filter (where days_ago = 0) as flights_late,
        sum(flights_due - flights_cancelled) filter (where days_ago > 0) as past_flights,
        sum(flights_late) filter (where days_ago > 0) as past_flights_late
    from carrier_days
    group by
        station,
        carrier
),

-- The carrier that explains most: with its usual share it would have had so many fewer late ones.
explanations as (
    select
        station,
        carrier,
        flights_late / flights as carrier_share,
        past_flights_late / past_flights as carrier_usual_share,
        flights_late - flights * past_flights_late / past_flights as carrier_flights_above_usual
    from carrier_shares
    where
        flights > 0
        and past_flights > 0
    qualify row_number() over (
        partition by station
        order by carrier_flights_above_usual desc, carrier asc
    ) = 1
),

compared as (
    select
        station_days.station,
        station_days.flights,
        station_days.flights_late,
        station_days.flights_late / station_days.flights as late_share,
        expectations.usual_share,
        expectations.usual_share + {{ param('deviations') }} * expectations.share_deviation
            as upper_limit
    from station_days
    inner join expectations on station_days.station = expectations.station
    where
        station_days.days_ago = 0
        and station_days.flights >= {{ param('flights') }}
        and expectations.past_days >= {{ param('past_days') }}
),

final as (
    select
        compared.station as entity_id,
        {{ as_of() }} as occurred_at,
        compared.flights,
        compared.flights_late,
        round(100 * compared.late_share, 1) as late_percent,
        round(100 * compared.usual_share, 1) as usual_percent,
        round(100 * compared.upper_limit, 1) as upper_limit_percent,
        explanations.carrier as explaining_carrier,
        round(100 * explanations.carrier_share, 1) as carrier_late_percent,
        round(100 * explanations.carrier_usual_share, 1) as carrier_usual_percent,
        round(explanations.carrier_flights_above_usual, 1) as carrier_flights_above_usual,
        'station_' || lower(compared.station) as owner,
        round(compared.flights_late - compared.flights * compared.usual_share, 1) as impact
    from compared
    left join explanations on compared.station = explanations.station
    where compared.late_share > compared.upper_limit
)

select * from final
