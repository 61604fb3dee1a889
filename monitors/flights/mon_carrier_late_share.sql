with

carrier_days as (
    select * from {{ ref('fct_carrier_days') }}
),

days as (
    select
        carrier_days.carrier,
        carrier_days.days_ago,
        cast(sum(carrier_days.flights_due - carrier_days.flights_cancelled) as bigint) as flights,
        cast(sum(carrier_days.flights_late) as bigint) as flights_late,
    from carrier_days
    group by
        carrier_days.carrier,
        carrier_days.days_ago
),

expectations as (
    select
        days.carrier,
        count(*) as past_days,
        avg(days.flights_late / days.flights) as usual_share,
        stddev_samp(days.flights_late / days.flights) as share_deviation,
    from days
    where
        days.days_ago > 0
        and days.flights > 0
    group by days.carrier
),

compared as (
    select
        days.carrier,
        days.flights,
        days.flights_late,
        days.flights_late / days.flights as late_share,
        expectations.usual_share,
        expectations.usual_share + {{ param('deviations') }} * expectations.share_deviation
            as upper_limit,
    from days
    inner join expectations on days.carrier = expectations.carrier
    where
        days.days_ago = 0
        and days.flights >= {{ param('flights') }}
        and expectations.past_days >= {{ param('past_days') }}
),

final as (
    select
        compared.carrier as entity_id,
        {{ as_of() }} as occurred_at,
        compared.flights,
        compared.flights_late,
        round(100 * compared.late_share, 1) as late_percent,
        round(100 * compared.usual_share, 1) as usual_percent,
        round(100 * compared.upper_limit, 1) as upper_limit_percent,
        round(compared.flights_late - compared.flights * compared.usual_share, 1) as impact,
    from compared
    where compared.late_share > compared.upper_limit
)

select * from final
