with

carrier_days as (
    select * from {{ ref('fct_carrier_days') }}
),

days as (
    select
        carrier,
        days_ago,
        cast(sum(flights_due - flights_cancelled) as bigint) as flights,
        cast(sum(flights_late) as bigint) as flights_late
    from carrier_days
    group by
        carrier,
        days_ago
),

expectations as (
    select
        carrier,
        count(*) as past_days,
        avg(flights_late / flights) as usual_share,
        stddev_samp(flights_late / flights) as share_deviation
    from days
    where
        days_ago > 0
        and flights > 0
    group by carrier
),

compared as (
    select
        days.carrier,
        days.flights,
        days.flights_late,
        days.flights_late / days.flights as late_share,
        expectations.usual_share,
        expectations.usual_share + {{ param('deviations') }} * expectations.share_deviation
            as upper_limit
    from days
    inner join expectations on days.carrier = expectations.carrier
    where
        days.days_ago = 0
        and days.flights >= {{ param('flights') }}
        and expectations.past_days >= {{ param('past_days') }}
),

final as (
    select
        carrier as entity_id,
        {{ as_of() }} as occurred_at,
        flights,
        flights_late,
        round(100 * late_share, 1) as late_percent,
        round(100 * usual_share, 1) as usual_percent,
        round(100 * upper_limit, 1) as upper_limit_percent,
        round(flights_late - flights * usual_share, 1) as impact
    from compared
    where late_share > upper_limit
)

select * from final
