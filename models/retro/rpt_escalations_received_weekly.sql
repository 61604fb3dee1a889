with

weeks as (
    select distinct
        week_start,
        iso_week,
        is_complete_week
    from {{ ref('dim_days') }}
),

groups as (
    select * from {{ ref('int_team_groups') }}
),

-- Teams under five are one receiver, whoever of them was asked.
received as (
    select
        escalations.incident_id,
        escalations.reached_team,
        escalations.asked_at,
        escalations.nudges_count,
        escalations.waited_until,
        escalations.is_answered,
        case when groups.team is not null then 'team' else escalations.receiver_kind end
            as receiver_kind,
        coalesce(groups.group_name, escalations.receiver) as receiver
    from {{ ref('fct_escalations_received') }} as escalations
    left join groups on escalations.reached_team = groups.team
    where escalations.source is null
),

work as (
    select * from {{ ref('int_members_work') }}
),

-- A question waits until its answer, or until its incident is over.
moves as (
    select
        cast(date_trunc('week', asked_at) as date) as week_start,
        receiver_kind,
        receiver,
        1 as asked,
        case when nudges_count > 0 then 1 else 0 end as nudged,
        0 as answered,
        1 as change_of_waiting
    from received
    union all
    select
        cast(date_trunc('week', waited_until) as date) as week_start,
        receiver_kind,
        receiver,
        0 as asked,
        0 as nudged,
        case when is_answered then 1 else 0 end as answered,
        -1 as change_of_waiting
    from received
    where waited_until is not null
),

counted as (
    select
        week_start,
        receiver_kind,
        receiver,
        sum(asked) as asked,
        sum(nudged) as nudged,
        sum(answered) as answered,
        sum(change_of_waiting) as change_of_waiting
    from moves
    group by week_start, receiver_kind, receiver
),

-- What members wrote down on other teams' incidents, once their team had been asked about them.
asked_about as (
    select
        incident_id,
        reached_team as team,
        min(asked_at) as first_asked_at
    from received
    where reached_team is not null
    group by incident_id, reached_team
),

burdens as (
    select
        cast(date_trunc('week', work.worked_at) as date) as week_start,
        'team' as receiver_kind,
        work.group_name as receiver,
        sum(work.minutes) as minutes
    from work
    inner join asked_about
        on
            work.incident_id = asked_about.incident_id
            and work.member_team = asked_about.team
            and work.worked_at >= asked_about.first_asked_at
    where work.owner_team is distinct from work.member_team
    group by cast(date_trunc('week', work.worked_at) as date), work.group_name
),

known as (
    select
        receiver_kind,
        receiver
    from counted
    union
    select
        receiver_kind,
        receiver
    from burdens
),

untold as (
    select distinct group_name
    from groups
    where not is_told
),

-- Too few to show: they were asked, and what they bear stays unknown.
receivers as (
    select
        known.receiver_kind,
        known.receiver,
        untold.group_name is null as is_told
    from known
    left join untold on known.receiver = untold.group_name
),

weekly as (
    select
        weeks.week_start,
        weeks.iso_week,
        weeks.is_complete_week as is_complete,
        receivers.receiver_kind,
        receivers.receiver,
        case when receivers.is_told then cast(coalesce(counted.asked, 0) as bigint) end as asked,
        case when receivers.is_told then cast(coalesce(counted.nudged, 0) as bigint) end
            as nudged,
        case when receivers.is_told then cast(coalesce(counted.answered, 0) as bigint) end
            as answered,
        case
            when receivers.is_told
                then cast(
                    coalesce(
                        sum(counted.change_of_waiting) over (
                            partition by receivers.receiver_kind, receivers.receiver
                            order by weeks.week_start
                            rows between unbounded preceding and current row
                        ),
                        0
                    ) as bigint
                )
        end as waiting_at_end,
        case when receivers.is_told then burdens.minutes end as minutes
    from weeks
    cross join receivers
    left join counted
        on
            weeks.week_start = counted.week_start
            and receivers.receiver_kind = counted.receiver_kind
            and receivers.receiver = counted.receiver
    left join burdens
        on
            weeks.week_start = burdens.week_start
            and receivers.receiver_kind = burdens.receiver_kind
            and receivers.receiver = burdens.receiver
)

select * from weekly
