with

carrier_days as (
    select * from {{ ref('fct_carrier_days') }}
),

station_days as (
    select
        carrier_days.station,
        carrier_days.days_ago,
        cast(sum(carrier_days.flights_due - carrier_days.flights_cancelled) as bigint) as flights,
        cast(sum(carrier_days.flights_late) as bigint) as flights_late,
    from carrier_days
    group by
        carrier_days.station,
        carrier_days.days_ago
),

expectations as (
    select
        station_days.station,
        count(*) as past_days,
        avg(station_days.flights_late / station_days.flights) as usual_share,
        stddev_samp(station_days.flights_late / station_days.flights) as share_deviation,
    from station_days
    where
        station_days.days_ago > 0
        and station_days.flights > 0
    group by station_days.station
),

carrier_shares as (
    select
        carrier_days.station,
        carrier_days.carrier,
        sum(carrier_days.flights_due - carrier_days.flights_cancelled)
            filter (where carrier_days.days_ago = 0) as flights,
        sum(carrier_days.flights_late) filter (where carrier_days.days_ago = 0) as flights_late,
        sum(carrier_days.flights_late) filter (where carrier_days.days_ago > 0)
        / sum(carrier_days.flights_due - carrier_days.flights_cancelled)
            filter (where carrier_days.days_ago > 0) as usual_share,
    from carrier_days
    group by
        carrier_days.station,
        carrier_days.carrier
),

-- The carrier that explains most: with its usual share it would have had so many fewer late ones.
explanations as (
    select
        carrier_shares.station,
        carrier_shares.carrier,
        carrier_shares.flights_late / carrier_shares.flights as carrier_share,
        carrier_shares.usual_share as carrier_usual_share,
        carrier_shares.flights_late - carrier_shares.flights * carrier_shares.usual_share
            as carrier_flights_above_usual,
    from carrier_shares
    where
        carrier_shares.flights > 0
        and carrier_shares.usual_share is not null
    qualify row_number() over (
        partition by carrier_shares.station
        order by carrier_flights_above_usual desc, carrier_shares.carrier
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
            as upper_limit,
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
        round(compared.flights_late - compared.flights * compared.usual_share, 1) as impact,
    from compared
    left join explanations on compared.station = explanations.station
    where compared.late_share > compared.upper_limit
)

select * from final
