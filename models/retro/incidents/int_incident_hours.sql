with

log as (
    select * from {{ changed_log() }}
    where source is null and actor_kind = 'person'
),

transitions as (
    select * from {{ of_changed(ref('fct_incident_transitions')) }}
),

incidents as (
    select * from {{ of_changed(ref('fct_incidents')) }}
    where source is null
),

newest as (
    select coalesce(max(calendar_version), 0) as calendar_version
    from {{ source('opsloop_log', 'calendar_intervals') }}
),

team_calendars as (
    select
        team_calendars.calendar_version,
        team_calendars.team,
        team_calendars.calendar
    from {{ source('opsloop_log', 'team_calendars') }} as team_calendars
    inner join newest on team_calendars.calendar_version = newest.calendar_version
),

-- One act is one batch, however many rows it wrote.
acts as (
    select
        log.incident_id,
        log.batch_id,
        transitions.to_team as team,
        min(log.effective_at) as happened_at
    from log
    inner join transitions
        on
            log.incident_id = transitions.incident_id
            and log.version >= transitions.version
            and (transitions.next_version is null or log.version < transitions.next_version)
    group by log.incident_id, log.batch_id, transitions.to_team
),

moments as (
    select
        incident_id,
        'act' as kind,
        batch_id,
        team,
        happened_at
    from acts
    union all
    select
        incident_id,
        'arrival' as kind,
        cast(null as {{ dbt.type_string() }}) as batch_id,
        first_team as team,
        opened_at as happened_at
    from incidents
),

-- A team without hours of its own is never interrupted outside of them: that is not known.
spans as (
    select
        moments.incident_id,
        moments.kind,
        moments.batch_id,
        moments.team,
        moments.happened_at,
        moments.happened_at + interval '1 second' as a_second_later,
        team_calendars.calendar_version,
        team_calendars.calendar
    from moments
    inner join team_calendars on moments.team = team_calendars.team
),

counted as (
    {{ business_seconds(
        'spans', source('opsloop_log', 'calendar_intervals'), 'happened_at', 'a_second_later'
    ) }}
),

hours as (
    select
        incident_id,
        kind,
        batch_id,
        team,
        happened_at,
        business_seconds = 0 as is_outside
    from counted
)

select * from hours
