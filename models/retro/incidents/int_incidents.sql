with

log as (
    select * from {{ changed_log() }}
),

event_log as (
    select * from {{ of_changed(ref('stg_incident_event_log')) }}
),

transitions as (
    select * from {{ of_changed(ref('fct_incident_transitions')) }}
),

escalations as (
    select * from {{ of_changed(ref('fct_escalations')) }}
),

evidence as (
    select * from {{ of_changed(ref('int_incident_evidence')) }}
),

-- What the log says of an incident in columns of its own: the fold, column by column.
folded as (
    select
        incident_id,
        {{ first_known('monitor_id') }} as monitor_id,
        max(source) as source,
        -- of an imported log, which ends; what lives here is known until now
        max(case when source is not null then known_until end) as log_ends_at,
        {{ last_known('found_by') }} as found_by,
        {{ last_known('entity_id') }} as entity_id,
        {{ last_known('group_key') }} as group_key,
        coalesce({{ last_known('is_flood') }}, false) as is_flood,
        {{ last_known('class') }} as class,
        {{ last_known('type') }} as type,
        {{ last_known('severity') }} as severity,
        {{ last_known('priority') }} as priority,
        {{ first_known('acknowledged_at') }} as acknowledged_at,
        {{ last_known('impact_unit') }} as impact_unit,
        {{ first_known('impact') }} as impact_at_opening,
        max(impact) as impact_peak,
        {{ last_known('events_total') }} as events_count,
        {{ first_known('actor_kind') }} as opened_by_kind
    from log
    group by incident_id
),

-- Its course, from the changes of state and owner.
course as (
    select
        incident_id,
        min(changed_at) as opened_at,
        {{ last_known('to_state') }} as state,
        {{ first_known('to_state') }} as first_state,
        {{ first_known('to_team') }} as first_team,
        {{ last_known('to_team') }} as team,
        max(case when is_current then to_assignee end) as assignee,
        min(case when is_end and to_state = 'resolved' then version end) as first_resolved_version,
        min(case when is_end and to_state = 'resolved' then changed_at end) as first_resolved_at,
        max(case when is_end then version end) as last_ended_version,
        max(case when is_end and to_state = 'resolved' then version end) as last_resolved_version,
        max(case when is_end and to_state = 'resolved' then changed_at end) as last_resolved_at,
        max(case when is_state_change and to_state = 'closed' then changed_at end)
            as last_closed_at,
        count(*) filter (where is_reopening) as reopened_count,
        count(*) filter (where is_reassignment) as reassignments_count,
        count(*) filter (where is_ping_pong) as ping_pongs_count
    from transitions
    group by incident_id
),

-- Its latest end; nothing of an earlier one holds once it is open again.
ended as (
    select
        incident_id,
        opened_at,
        first_resolved_version,
        {{ is_open_state('state') }} as is_open,
        case when not {{ is_open_state('state') }} then last_ended_version end as ended_version,
        case
            when
                not {{ is_open_state('state') }}
                and last_resolved_version = last_ended_version
                then last_resolved_at
        end as resolved_at,
        case when state = 'closed' then last_closed_at end as closed_at
    from course
),

outcomes as (
    select
        log.incident_id,
        max(case when log.version = ended.first_resolved_version then log.resolution_code end)
            as first_resolution_code,
        {{ last_known(
            'case when log.version >= ended.ended_version then log.resolution_code end',
            'log.version',
        ) }} as resolution_code,
        {{ last_known(
            'case when log.version >= ended.ended_version then log.root_cause end',
            'log.version',
        ) }} as root_cause,
        {{ last_known(
            'case when log.version <= ended.ended_version then log.impact end', 'log.version',
        ) }} as impact_at_resolve
    from log
    inner join ended on log.incident_id = ended.incident_id
    where
        log.resolution_code is not null
        or log.root_cause is not null
        or log.impact is not null
    group by log.incident_id
),

-- What it was opened for; events that joined later were not what was detected.
first_events as (
    select
        event_log.incident_id,
        min(event_log.occurred_at) as first_event_occurred_at
    from event_log
    inner join ended on event_log.incident_id = ended.incident_id
    where event_log.started_at <= ended.opened_at
    group by event_log.incident_id
),

-- Who acted, and for which team: the one that owned it, and on handing over the one that gave.
acts as (
    select distinct
        log.incident_id,
        log.actor_id as person,
        case
            when log.version = transitions.version and log.action = 'assigned'
                then coalesce(transitions.from_team, transitions.to_team)
            else transitions.to_team
        end as team
    from log
    inner join transitions
        on
            log.incident_id = transitions.incident_id
            and log.version >= transitions.version
            and (transitions.next_version is null or log.version < transitions.next_version)
    where log.actor_kind = 'person'
    union all
    select
        incident_id,
        cast(null as {{ dbt.type_string() }}) as person,
        to_id as team
    from escalations
    where is_answered and to_kind = 'team'
),

actors as (
    select
        incident_id,
        count(distinct person) as people_count,
        count(distinct team) as teams_count
    from acts
    group by incident_id
),

escalated as (
    select
        incident_id,
        count(*) as escalations_count
    from escalations
    group by incident_id
),

joined as (
    select
        course.incident_id,
        folded.monitor_id,
        folded.source,
        folded.log_ends_at,
        folded.entity_id,
        {{ entity_type_of('folded.monitor_id') }} as entity_type,
        evidence.evidence,
        folded.group_key,
        folded.is_flood,
        folded.class,
        folded.type,
        folded.severity,
        folded.priority,
        course.state,
        ended.is_open,
        course.first_state,
        course.first_team,
        course.team,
        course.assignee,
        course.opened_at,
        folded.acknowledged_at,
        course.first_resolved_at,
        ended.resolved_at,
        ended.closed_at,
        first_events.first_event_occurred_at,
        case
            -- the log may name a person; who found it is told by kind alone
            when folded.found_by in ('monitor', 'staff', 'customer') then folded.found_by
            when folded.monitor_id is not null then 'monitor'
            when folded.opened_by_kind = 'person' then 'staff'
        end as found_by,
        outcomes.first_resolution_code,
        outcomes.resolution_code,
        outcomes.root_cause,
        not ended.is_open
        and {{ is_self_resolved_code('outcomes.resolution_code') }} as is_self_resolved,
        folded.impact_unit,
        folded.impact_at_opening,
        outcomes.impact_at_resolve,
        folded.impact_peak,
        course.reopened_count,
        course.reassignments_count,
        course.ping_pongs_count,
        coalesce(actors.people_count, 0) as people_count,
        coalesce(actors.teams_count, 0) as teams_count,
        coalesce(escalated.escalations_count, 0) as escalations_count,
        coalesce(folded.events_count, 0) as events_count
    from course
    inner join folded on course.incident_id = folded.incident_id
    inner join ended on course.incident_id = ended.incident_id
    left join outcomes on course.incident_id = outcomes.incident_id
    left join first_events on course.incident_id = first_events.incident_id
    left join actors on course.incident_id = actors.incident_id
    left join escalated on course.incident_id = escalated.incident_id
    left join evidence on course.incident_id = evidence.incident_id
),

incidents as (
    select
        *,
        case
            when first_event_occurred_at is not null
                then greatest({{ seconds_between('first_event_occurred_at', 'opened_at') }}, 0)
        end as seconds_to_detect,
        {{ seconds_between('opened_at', 'acknowledged_at') }} as seconds_to_acknowledge,
        {{ seconds_between('opened_at', 'first_resolved_at') }} as seconds_to_resolve,
        {{ seconds_between('opened_at', 'resolved_at') }} as seconds_to_final_resolve,
        {{ seconds_between('opened_at', 'closed_at') }} as seconds_to_close
    from joined
)

select * from incidents
