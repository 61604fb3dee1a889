with

escalations as (
    select * from {{ ref('fct_escalations') }}
),

incidents as (
    select * from {{ ref('fct_incidents') }}
),

members as (
    select * from {{ ref('stg_team_members') }}
),

groups as (
    select * from {{ ref('int_team_groups') }}
),

-- Persons are never named: whoever was asked stands for their team, if that is large enough.
received as (
    select
        escalations.escalation_id,
        escalations.incident_id,
        escalations.escalation_type,
        escalations.asked_at,
        escalations.answered_at,
        escalations.is_answered,
        escalations.seconds_waited,
        escalations.nudges_count,
        escalations.seconds_waited_after_nudge,
        case
            when escalations.is_answered then escalations.answered_at
            else escalations.incident_ended_at
        end as waited_until,
        case
            when escalations.to_kind = 'person' and groups.group_name = members.team then 'team'
            else escalations.to_kind
        end as receiver_kind,
        case
            when escalations.to_kind = 'person' and groups.group_name = members.team
                then members.team
            when escalations.to_kind = 'person' then '(a person)'
            else coalesce(escalations.to_id, '(none)')
        end as receiver,
        case
            when escalations.to_kind = 'person' then members.team
            when escalations.to_kind = 'team' then escalations.to_id
        end as reached_team,
        escalations.from_team as team,
        {{ dimension_columns('incidents') }}
    from escalations
    inner join incidents on escalations.incident_id = incidents.incident_id
    left join members
        on
            escalations.to_kind = 'person'
            and escalations.to_id = members.person
    left join groups on members.team = groups.team
)

select * from received
