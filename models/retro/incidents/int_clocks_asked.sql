with

incidents as (
    select * from {{ of_changed(ref('fct_incidents')) }}
),

transitions as (
    select * from {{ of_changed(ref('fct_incident_transitions')) }}
),

log as (
    select * from {{ changed_log() }}
),

targets as (
    select * from {{ source('opsloop_log', 'service_level_targets') }}
),

-- The last service level, priority and versions hold for the whole history.
terms as (
    select
        incident_id,
        -- whoever says by what it goes and names nothing means nothing ('')
        nullif({{ last_known(
            "case when action in ('policy_applied', 'undone') and is_undone is not true "
            ~ "then coalesce(policy, '') else policy end"
        ) }}, '') as policy,
        coalesce({{ last_known('policy_version') }}, 0) as policy_version,
        coalesce({{ last_known('calendar_version') }}, 0) as calendar_version,
        {{ last_known('priority') }} as priority,
        {{ first_known('first_response_at') }} as first_response_at
    from log
    group by incident_id
),

-- Clocks count whole seconds: every moment is cut to its second first.
standing as (
    select
        incident_id,
        version,
        next_version,
        is_open,
        is_end,
        is_merge,
        is_reopening,
        action,
        date_trunc('second', changed_at) as changed_at
    from transitions
),

-- How an incident stood for less than a second interrupts nothing.
lasting as (
    select
        *,
        lead(changed_at) over (partition by incident_id order by version) as next_changed_at
    from standing
),

turns as (
    select
        incident_id,
        changed_at,
        is_open,
        lag(is_open) over (partition by incident_id order by version) as was_open
    from lasting
    where next_changed_at is null or next_changed_at > changed_at
),

ends as (
    select
        incident_id,
        max(changed_at) as last_ended_at
    from turns
    where not is_open and was_open is not false
    group by incident_id
),

course as (
    select
        incident_id,
        min(changed_at) as opened_at,
        min(case when is_end then changed_at end) as first_ended_at,
        max(case when is_reopening then version end) as last_reopened_version,
        max(case when is_merge then version end) as last_merged_version,
        max(case when action = 'reopened' and is_open then changed_at end) as last_reopened_at,
        min(case when is_merge then changed_at end) as merged_at
    from standing
    group by incident_id
),

-- An update restarts its clock if there is still something to be told.
updates as (
    select
        log.incident_id,
        max(date_trunc('second', log.effective_at)) as last_updated_at
    from log
    inner join standing
        on
            log.incident_id = standing.incident_id
            and log.version >= standing.version
            and (standing.next_version is null or log.version < standing.next_version)
    where log.action = 'updated' and standing.is_open
    group by log.incident_id
),

moments as (
    select
        course.incident_id,
        terms.policy,
        terms.policy_version,
        terms.calendar_version,
        terms.priority,
        course.opened_at,
        course.first_ended_at,
        course.last_reopened_at,
        updates.last_updated_at,
        date_trunc('second', incidents.first_resolved_at) as first_resolved_at,
        date_trunc('second', incidents.resolved_at) as resolved_at,
        case
            when incidents.acknowledged_at is not null
                then greatest(date_trunc('second', incidents.acknowledged_at), course.opened_at)
        end as acknowledged_at,
        case
            when terms.first_response_at is not null
                then greatest(date_trunc('second', terms.first_response_at), course.opened_at)
        end as first_response_at,
        incidents.is_open,
        {{ is_acknowledge_known('incidents.') }} as is_acknowledge_known,
        case when not incidents.is_open then ends.last_ended_at end as ended_at,
        case
            when course.last_merged_version > coalesce(course.last_reopened_version, 0)
                then course.merged_at
        end as merged_at
    from course
    inner join incidents on course.incident_id = incidents.incident_id
    inner join terms on course.incident_id = terms.incident_id
    left join ends on course.incident_id = ends.incident_id
    left join updates on course.incident_id = updates.incident_id
),

answers as (
    select
        incident_id,
        'acknowledge' as target,
        acknowledged_at as answered_at
    from moments
    where acknowledged_at is not null
    union all
    select
        incident_id,
        'first_response' as target,
        first_response_at as answered_at
    from moments
    where first_response_at is not null
),

answered as (
    select
        answers.incident_id,
        answers.target,
        answers.answered_at,
        max(case when not turns.is_open and turns.was_open is not false then turns.changed_at end)
            as ended_at,
        max(case when turns.is_open and turns.was_open is false then turns.changed_at end)
            as reopened_at
    from answers
    inner join turns
        on
            answers.incident_id = turns.incident_id
            and answers.answered_at >= turns.changed_at
    group by answers.incident_id, answers.target, answers.answered_at
),

-- An answer after the end is none.
valid_answers as (
    select
        incident_id,
        target,
        answered_at,
        case when reopened_at > ended_at then null else ended_at end as over_at,
        (
            ended_at is null
            or ended_at >= answered_at
            or coalesce(reopened_at > ended_at, false)
        ) as is_valid
    from answered
),

service_levels as (
    select
        moments.incident_id,
        'service_level' as basis,
        targets.target,
        targets.target_s,
        targets.calendar,
        moments.calendar_version,
        targets.pauses_waiting,
        targets.pauses_snoozed,
        false as counts_ended,
        case
            when targets.target = 'next_update'
                then greatest(
                    moments.opened_at,
                    coalesce(moments.last_updated_at, moments.opened_at),
                    coalesce(moments.last_reopened_at, moments.opened_at)
                )
            when targets.target = 'total_resolve' and targets.restarts_on_reopen
                then coalesce(moments.last_reopened_at, moments.opened_at)
            else moments.opened_at
        end as starts_at,
        case
            when targets.target = 'resolve' then moments.first_ended_at
            when targets.target in ('total_resolve', 'next_update') then moments.ended_at
            when valid_answers.is_valid then valid_answers.answered_at
            else coalesce(valid_answers.over_at, moments.ended_at)
        end as stops_at,
        targets.target not in ('acknowledge', 'first_response')
        or coalesce(valid_answers.is_valid, false) as is_reached,
        moments.merged_at
    from moments
    inner join targets
        on
            moments.policy_version = targets.policy_version
            and moments.policy = targets.policy
            and moments.priority = targets.priority
    left join valid_answers
        on
            moments.incident_id = valid_answers.incident_id
            and targets.target = valid_answers.target
),

-- Turnaround in business time (definition 3): no target, nothing pauses it. What is over without
-- the moment being known has none.
milestones as (
    select
        moments.incident_id,
        moments.calendar_version,
        moments.opened_at,
        moments.is_open,
        measures.measure <> 'acknowledge' or moments.is_acknowledge_known as is_known,
        measures.measure,
        case measures.measure
            when 'acknowledge' then moments.acknowledged_at
            when 'resolve' then moments.first_resolved_at
            else moments.resolved_at
        end as reached_at
    from moments
    cross join (values ('acknowledge'), ('resolve'), ('final_resolve')) as measures (measure)
),

turnaround as (
    select
        incident_id,
        'turnaround' as basis,
        measure as target,
        cast(null as {{ dbt.type_bigint() }}) as target_s,
        cast(null as {{ dbt.type_string() }}) as calendar,
        calendar_version,
        false as pauses_waiting,
        false as pauses_snoozed,
        true as counts_ended,
        opened_at as starts_at,
        reached_at as stops_at,
        reached_at is not null as is_reached,
        cast(null as {{ dbt.type_timestamp() }}) as merged_at
    from milestones
    where reached_at is not null or (is_open and is_known)
),

asked as (
    select
        incident_id,
        basis,
        target,
        target_s,
        calendar,
        calendar_version,
        pauses_waiting,
        pauses_snoozed,
        counts_ended,
        starts_at,
        stops_at,
        is_reached,
        merged_at
    from service_levels
    union all
    select
        incident_id,
        basis,
        target,
        target_s,
        calendar,
        calendar_version,
        pauses_waiting,
        pauses_snoozed,
        counts_ended,
        starts_at,
        stops_at,
        is_reached,
        merged_at
    from turnaround
)

select * from asked
