with

incidents as (
    select
        *,
        not is_open and {{ is_review('resolution_code') }} as is_reviewed,
        coalesce(resolution_code = 'false_alarm', false) as is_false_alarm,
        coalesce(resolved_at, closed_at) as ended_at
    from {{ ref('fct_incidents') }}
    where monitor_id is not null and source is null
),

counted as (
    select
        monitor_id,
        count(*) as incidents,
        count(*) filter (where not is_open) as ended,
        count(*) filter (where is_reviewed) as reviewed,
        count(*) filter (where is_reviewed and not is_false_alarm) as confirmed,
        count(*) filter (where is_reviewed and is_false_alarm) as false_alarms,
        count(*) filter (where not is_open and resolution_code = 'duplicate') as duplicates,
        count(*) filter (where not is_open and resolution_code = 'accepted') as accepted,
        count(*) filter (where is_self_resolved) as self_resolved,
        count(*) filter (where people_count = 0) as untouched,
        count(*) filter (where reopened_count > 0) as reopened_incidents,
        count(*) filter (where reassignments_count > 0) as reassigned_incidents,
        count(*) filter (where ping_pongs_count > 0) as ping_pong_incidents,
        count(*) filter (where escalations_count > 0) as escalated_incidents,
        count(*) filter (where people_count > 1) as several_people_incidents,
        count(*) filter (where teams_count > 1) as several_teams_incidents
    from incidents
    group by monitor_id
),

-- A streak is what was reviewed as false since the last that was real, in order of the ends.
streaks as (
    select
        monitor_id,
        incident_id,
        ended_at,
        is_false_alarm,
        count(case when not is_false_alarm then 1 end) over (
            partition by monitor_id
            order by ended_at, incident_id
            rows between unbounded preceding and current row
        ) as streak
    from incidents
    where is_reviewed
),

lengths as (
    select
        monitor_id,
        streak,
        count(*) filter (where is_false_alarm) as length,
        streak = max(streak) over (partition by monitor_id) as is_present
    from streaks
    group by monitor_id, streak
),

longest as (
    select
        monitor_id,
        max(length) as longest_false_streak,
        max(case when is_present then length end) as present_false_streak
    from lengths
    group by monitor_id
),

confirmations as (
    select
        monitor_id,
        max(ended_at) as last_confirmed_at
    from streaks
    where not is_false_alarm
    group by monitor_id
),

quality as (
    select
        counted.*,
        coalesce(longest.longest_false_streak, 0) as longest_false_streak,
        coalesce(longest.present_false_streak, 0) as present_false_streak,
        confirmations.last_confirmed_at
    from counted
    left join longest on counted.monitor_id = longest.monitor_id
    left join confirmations on counted.monitor_id = confirmations.monitor_id
)

select * from quality
