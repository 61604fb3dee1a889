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

-- Persons are never named: whoever was asked stands for their team.
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
        escalations.seconds_after_last_nudge,
        case
            when escalations.is_answered then escalations.answered_at
            else escalations.incident_ended_at
        end as waited_until,
        case
            when escalations.to_kind = 'person' and members.team is not null then 'team'
            else escalations.to_kind
        end as receiver_kind,
        case
            when escalations.to_kind = 'person' then coalesce(members.team, '(a person)')
            else coalesce(escalations.to_id, '(none)')
        end as receiver,
        escalations.from_team as team,
        {{ dimension_columns('incidents') }}
    from escalations
    inner join incidents on escalations.incident_id = incidents.incident_id
    left join members
        on
            escalations.to_kind = 'person'
            and escalations.to_id = members.person
)

select * from received
