with

complete as (
    select
        *,
        dense_rank() over (order by week_start desc) as weeks_ago
    from {{ ref('rpt_load_weekly') }}
    where is_complete and capacity_minutes is not null
),

-- Minutes are scaled up by what was recorded of the ended incidents, where enough of it was.
counted as (
    select
        team,
        count(*) as weeks,
        sum(arrivals) as arrivals,
        sum(completions) as completions,
        sum(capacity_minutes) as capacity_minutes,
        case
            when sum(recorded_incidents) >= {{ threshold('load_coverage') }} * sum(ended_incidents)
                then
                    sum(minutes) * sum(ended_incidents)
                    / cast(nullif(sum(recorded_incidents), 0) as double precision)
        end as minutes,
        {{ share('sum(recorded_incidents)', 'sum(ended_incidents)') }} as recorded_share
    from complete
    where weeks_ago <= {{ threshold('load_weeks') }}
    group by team
),

loads as (
    select
        *,
        minutes / nullif(capacity_minutes, 0) as used_share
    from counted
    where weeks >= {{ threshold('load_weeks_known') }}
),

free as (
    select
        *,
        row_number() over (order by used_share asc, team asc) as place
    from loads
    where
        used_share <= {{ threshold('free_share') }}
        and arrivals - completions <= {{ threshold('free_growth') }} * arrivals
),

proposals as (
    select
        'move_capacity:' || free.team || ':' || loads.team as proposal_key,
        'move_capacity' as kind,
        'team' as dimension,
        loads.team as dimension_value,
        'Move capacity from ' || free.team || ' to ' || loads.team as title,
        loads.team || ' used about ' || {{ percent_text('loads.used_share') }}
        || ' of its time on incidents over ' || {{ whole_text('loads.weeks') }} || ' weeks, '
        || free.team || ' about ' || {{ percent_text('free.used_share') }} || '.' as reason,
        (loads.minutes - {{ threshold('overload_share') }} * loads.capacity_minutes) / loads.weeks
            as stake_minutes,
        loads.recorded_share,
        greatest(loads.arrivals - loads.completions, 0)
        / cast(loads.weeks as double precision) as stake_incidents,
        'acknowledge' as metric,
        cast(-0.3 as double precision) as target_change
    from loads
    cross join free
    where
        free.place = 1
        and loads.used_share >= {{ threshold('overload_share') }}
)

select * from proposals
