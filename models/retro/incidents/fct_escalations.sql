with

log as (
    select * from {{ changed_log() }}
    where action in ('escalated', 'answered') or nudge_no is not null
),

transitions as (
    select * from {{ of_changed(ref('fct_incident_transitions')) }}
),

-- Another system's log may know that it asked, without a name for the question.
asked as (
    select
        coalesce(escalation_id, log_id) as escalation_id,
        incident_id,
        version,
        source,
        escalation_type,
        escalation_class,
        actor_id as asked_by,
        to_kind,
        to_id,
        effective_at as asked_at,
        known_until
    from log
    where action = 'escalated'
),

answers as (
    select
        escalation_id,
        min(effective_at) as answered_at,
        {{ first_known('actor_id') }} as answered_by
    from log
    where action = 'answered'
    group by escalation_id
),

nudges as (
    select
        log.escalation_id,
        count(*) as nudges_count,
        max(log.effective_at) as last_nudged_at
    from log
    left join answers on log.escalation_id = answers.escalation_id
    where
        log.nudge_no is not null
        and (answers.answered_at is null or log.effective_at <= answers.answered_at)
    group by log.escalation_id
),

-- Nobody waits for an answer once the incident has ended.
ends as (
    select
        asked.escalation_id,
        min(transitions.changed_at) as incident_ended_at
    from asked
    inner join transitions
        on
            asked.incident_id = transitions.incident_id
            and asked.version < transitions.version
    where transitions.was_open and not transitions.is_open
    group by asked.escalation_id
),

incidents as (
    select
        incident_id,
        {{ first_known('monitor_id') }} as monitor_id
    from {{ changed_log() }}
    where monitor_id is not null
    group by incident_id
),

escalations as (
    select
        asked.escalation_id,
        asked.incident_id,
        incidents.monitor_id,
        asked.source,
        asked.escalation_type,
        asked.escalation_class,
        transitions.to_team as from_team,
        asked.asked_by,
        asked.to_kind,
        asked.to_id,
        asked.asked_at,
        asked.known_until,
        answers.answered_at,
        answers.answered_by,
        answers.escalation_id is not null as is_answered,
        ends.incident_ended_at,
        coalesce(nudges.nudges_count, 0) as nudges_count,
        nudges.last_nudged_at
    from asked
    left join answers on asked.escalation_id = answers.escalation_id
    left join nudges on asked.escalation_id = nudges.escalation_id
    left join ends on asked.escalation_id = ends.escalation_id
    left join incidents on asked.incident_id = incidents.incident_id
    left join transitions
        on
            asked.incident_id = transitions.incident_id
            and asked.version >= transitions.version
            and (transitions.next_version is null or asked.version < transitions.next_version)
),

timed as (
    select
        escalation_id,
        incident_id,
        monitor_id,
        source,
        escalation_type,
        escalation_class,
        from_team,
        asked_by,
        to_kind,
        to_id,
        asked_at,
        answered_at,
        answered_by,
        is_answered,
        incident_ended_at,
        case
            when is_answered then {{ seconds_between('asked_at', 'answered_at') }}
        end as seconds_to_answer,
        case
            when is_answered then {{ seconds_between('asked_at', 'answered_at') }}
            when incident_ended_at is not null
                then greatest({{ seconds_between('asked_at', 'incident_ended_at') }}, 0)
            else {{ seconds_until('asked_at', 'known_until') }}
        end as seconds_waited,
        nudges_count,
        last_nudged_at
    from escalations
)

select
    *,
    case
        when last_nudged_at is not null
            then greatest(seconds_waited - {{ seconds_between('asked_at', 'last_nudged_at') }}, 0)
    end as seconds_waited_after_nudge
from timed
