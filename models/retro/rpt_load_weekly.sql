with

flow as (
    select * from {{ ref('rpt_flow_weekly') }}
    where dimension = 'team'
),

worked as (
    select * from {{ ref('rpt_work_weekly') }}
    where dimension = 'team'
),

capacities as (
    select * from {{ ref('int_capacity') }}
),

hours as (
    select
        team,
        cast(date_trunc('week', happened_at) as date) as week_start,
        count(*) filter (where kind = 'act') as acts,
        count(*) filter (where kind = 'act' and is_outside) as acts_outside,
        count(*) filter (where kind = 'arrival' and is_outside) as opened_outside
    from {{ ref('int_hours') }}
    group by team, cast(date_trunc('week', happened_at) as date)
),

with_hours as (
    select distinct team
    from {{ ref('int_hours') }}
),

-- What the minutes were for, by the class that the incident was given: looking after the monitors
-- is detecting, an improvement is improving, all else is resolving.
kinds as (
    select
        team,
        cast(date_trunc('week', worked_at) as date) as week_start,
        sum(case when monitor_id = 'opsloop_monitor_health' then minutes end) as detect_minutes,
        sum(
            case
                when monitor_id is distinct from 'opsloop_monitor_health' and class = 'improvement'
                    then minutes
            end
        ) as improve_minutes,
        sum(
            case
                when
                    monitor_id is distinct from 'opsloop_monitor_health'
                    and class <> 'improvement'
                    then minutes
            end
        ) as resolve_minutes
    from {{ ref('fct_work') }}
    where source is null and minutes > 0
    group by team, cast(date_trunc('week', worked_at) as date)
),

groups as (
    select * from {{ ref('int_team_groups') }}
),

teams as (
    select
        flow.week_start,
        flow.iso_week,
        flow.is_complete,
        flow.dimension_value as team,
        coalesce(groups.group_name, flow.dimension_value) as group_name,
        capacities.people,
        capacities.calendar,
        capacities.open_minutes,
        capacities.capacity_minutes,
        flow.opened + flow.reopened + flow.moved_in as arrivals,
        flow.resolved + flow.merged + flow.moved_out as completions,
        flow.backlog_end as open_at_end,
        worked.ended_incidents,
        worked.recorded_incidents,
        worked.recorded_share,
        worked.minutes,
        kinds.detect_minutes,
        kinds.resolve_minutes,
        kinds.improve_minutes,
        case when with_hours.team is not null then coalesce(hours.acts, 0) end as acts,
        case when with_hours.team is not null then coalesce(hours.acts_outside, 0) end
            as acts_outside,
        flow.opened,
        case when with_hours.team is not null then coalesce(hours.opened_outside, 0) end
            as opened_outside
    from flow
    left join worked
        on
            flow.week_start = worked.week_start
            and flow.dimension_value = worked.dimension_value
    left join capacities
        on
            flow.week_start = capacities.week_start
            and flow.dimension_value = capacities.team
    left join hours
        on
            flow.week_start = hours.week_start
            and flow.dimension_value = hours.team
    left join with_hours on flow.dimension_value = with_hours.team
    left join kinds
        on
            flow.week_start = kinds.week_start
            and flow.dimension_value = kinds.team
    left join groups on flow.dimension_value = groups.team
),

-- What its people did is told of a team of five and more (definition 17), else of all small ones
-- together, if they are more than one and five people at least. Items are the team's, not theirs.
weekly as (
    select
        week_start,
        iso_week,
        is_complete,
        team,
        people,
        calendar,
        open_minutes,
        capacity_minutes,
        arrivals,
        completions,
        open_at_end,
        ended_incidents,
        recorded_incidents,
        recorded_share,
        case when group_name = team then minutes end as minutes,
        case when group_name = team then detect_minutes end as detect_minutes,
        case when group_name = team then resolve_minutes end as resolve_minutes,
        case when group_name = team then improve_minutes end as improve_minutes,
        case when group_name = team then acts end as acts,
        case when group_name = team then acts_outside end as acts_outside,
        opened,
        opened_outside
    from teams
    union all
    select
        week_start,
        iso_week,
        is_complete,
        group_name as team,
        cast(sum(people) as {{ dbt.type_bigint() }}) as people,
        cast(null as {{ dbt.type_string() }}) as calendar,
        cast(null as double precision) as open_minutes,
        sum(capacity_minutes) as capacity_minutes,
        cast(null as {{ dbt.type_bigint() }}) as arrivals,
        cast(null as {{ dbt.type_bigint() }}) as completions,
        cast(null as {{ dbt.type_bigint() }}) as open_at_end,
        cast(sum(ended_incidents) as {{ dbt.type_bigint() }}) as ended_incidents,
        cast(sum(recorded_incidents) as {{ dbt.type_bigint() }}) as recorded_incidents,
        {{ without_dust(share('sum(recorded_incidents)', 'sum(ended_incidents)')) }}
            as recorded_share,
        sum(minutes) as minutes,
        sum(detect_minutes) as detect_minutes,
        sum(resolve_minutes) as resolve_minutes,
        sum(improve_minutes) as improve_minutes,
        cast(sum(acts) as {{ dbt.type_bigint() }}) as acts,
        cast(sum(acts_outside) as {{ dbt.type_bigint() }}) as acts_outside,
        cast(null as {{ dbt.type_bigint() }}) as opened,
        cast(null as {{ dbt.type_bigint() }}) as opened_outside
    from teams
    where group_name <> team
    group by week_start, iso_week, is_complete, group_name
    having count(*) > 1 and sum(people) >= {{ threshold('smallest_group') }}
),

report as (
    select
        *,
        minutes / nullif(capacity_minutes, 0) as used_share
    from weekly
)

select * from report
