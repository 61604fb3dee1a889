with

asked as (
    select * from {{ of_changed(ref('int_clocks_asked')) }}
),

transitions as (
    select * from {{ of_changed(ref('fct_incident_transitions')) }}
),

team_calendars as (
    select * from {{ source('opsloop_log', 'team_calendars') }}
),

-- How the incident stood, and who it waited for: for its first owner, in between owners, for
-- somebody outside, or for its owner's work.
stands as (
    select
        incident_id,
        version,
        to_state,
        to_team,
        is_open,
        date_trunc('second', changed_at) as changed_at,
        date_trunc('second', coalesce(left_at, known_until)) as left_at,
        case
            when to_state in ('waiting', 'snoozed') then 'waiting'
            when to_assignee is not null then 'work'
            when max(to_assignee) over (partition by incident_id order by version) is null
                then 'queue'
            else 'hand_over'
        end as phase
    from transitions
),

-- The stretches during which each clock ran, cut to what it measures.
spans as (
    select
        asked.incident_id,
        asked.basis,
        asked.target,
        stands.version,
        stands.phase,
        asked.calendar_version,
        coalesce(asked.calendar, team_calendars.calendar, 'always') as calendar,
        greatest(stands.changed_at, asked.starts_at) as starts_at,
        least(
            stands.left_at,
            coalesce(asked.stops_at, stands.left_at),
            coalesce(asked.merged_at, stands.left_at)
        ) as ends_at
    from asked
    inner join stands on asked.incident_id = stands.incident_id
    left join team_calendars
        on
            asked.calendar_version = team_calendars.calendar_version
            and stands.to_team = team_calendars.team
    where
        (stands.is_open or asked.counts_ended)
        and not (asked.pauses_waiting and stands.to_state = 'waiting')
        and not (asked.pauses_snoozed and stands.to_state = 'snoozed')
),

ran as (
    select * from spans
    where ends_at > starts_at
),

runs as (
    {{ business_seconds(
        'ran', source('opsloop_log', 'calendar_intervals'), 'starts_at', 'ends_at'
    ) }}
)

select * from runs
