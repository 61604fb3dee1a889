with

weeks as (
    select distinct
        week_start,
        iso_week,
        is_complete_week
    from {{ ref('dim_days') }}
),

incidents as (
    select * from {{ ref('fct_incidents') }}
),

impacts as (
    select * from {{ ref('fct_impact') }}
),

-- At stake counts in the week of opening, what was recovered in the week of the end.
opened as (
    select
        incident_id,
        cast(date_trunc('week', opened_at) as date) as week_start,
        at_stake,
        cast(null as double precision) as recovered_gross,
        cast(null as double precision) as recovered_net,
        cast(null as double precision) as gross_with_net
    from impacts
),

recovered as (
    select
        incident_id,
        cast(date_trunc('week', ended_at) as date) as week_start,
        cast(null as double precision) as at_stake,
        recovered_gross,
        recovered_net,
        case when recovered_net is not null then recovered_gross end as gross_with_net
    from impacts
    where is_recovery
),

both_ways as (
    select
        incident_id,
        week_start,
        at_stake,
        recovered_gross,
        recovered_net,
        gross_with_net
    from opened
    union all
    select
        incident_id,
        week_start,
        at_stake,
        recovered_gross,
        recovered_net,
        gross_with_net
    from recovered
),

-- What is alike in everything that figures are told apart by is one row, before it is told apart.
alike as (
    select
        both_ways.week_start,
        incidents.team,
        {{ dimension_columns('incidents') }},
        incidents.impact_unit,
        count(both_ways.at_stake) as incidents,
        sum(both_ways.at_stake) as at_stake,
        count(both_ways.recovered_gross) as recoveries,
        sum(both_ways.recovered_gross) as recovered_gross,
        count(both_ways.recovered_net) as recoveries_with_net,
        sum(both_ways.gross_with_net) as gross_with_net,
        sum(both_ways.recovered_net) as recovered_net
    from both_ways
    inner join incidents on both_ways.incident_id = incidents.incident_id
    group by
        both_ways.week_start,
        incidents.team,
        {{ dimension_columns('incidents') }},
        incidents.impact_unit
),

counted as (
    select
        alike.week_start,
        dimensions.dimension,
        {{ dimension_value('alike') }} as dimension_value,
        coalesce(alike.impact_unit, '(none)') as impact_unit,
        -- what has no unit may be of many: it is counted, and never summed (definition 11)
        cast(sum(alike.incidents) as bigint) as incidents,
        sum(alike.at_stake) filter (where alike.impact_unit is not null) as at_stake,
        cast(sum(alike.recoveries) as bigint) as recoveries,
        sum(alike.recovered_gross) filter (where alike.impact_unit is not null)
            as recovered_gross,
        coalesce(
            cast(
                sum(alike.recoveries_with_net) filter (where alike.impact_unit is not null)
                as bigint
            ),
            0
        ) as recoveries_with_net,
        sum(alike.gross_with_net) filter (where alike.impact_unit is not null)
            as gross_with_net,
        sum(alike.recovered_net) filter (where alike.impact_unit is not null)
            as recovered_net
    from alike
    inner join {{ dimensions() }} on {{ counts_under('alike') }}
    group by
        alike.week_start,
        dimensions.dimension,
        {{ dimension_value('alike') }},
        coalesce(alike.impact_unit, '(none)')
),

weekly as (
    select
        weeks.week_start,
        weeks.iso_week,
        weeks.is_complete_week as is_complete,
        counted.dimension,
        counted.dimension_value,
        counted.impact_unit,
        counted.incidents,
        counted.at_stake,
        counted.recoveries,
        counted.recovered_gross,
        counted.recoveries_with_net,
        counted.gross_with_net,
        counted.recovered_net
    from counted
    inner join weeks on counted.week_start = weeks.week_start
)

select * from weekly
