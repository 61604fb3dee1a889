with

log as (
    select * from {{ of_changed(ref('stg_work_log')) }}
),

transitions as (
    select * from {{ of_changed(ref('fct_incident_transitions')) }}
),

incidents as (
    select * from {{ of_changed(ref('fct_incidents')) }}
),

rates as (
    select * from {{ ref('stg_team_rates') }}
),

own_rates as (
    select distinct team
    from rates
    where team is not null
),

-- A correction may be corrected again: the last word counts.
corrections as (
    select
        corrects_log_id,
        {{ last_known('minutes') }} as minutes
    from log
    where action = 'corrected'
    group by corrects_log_id
),

worked as (
    select
        log.log_id as work_id,
        log.incident_id,
        log.version,
        log.effective_at as worked_at,
        log.work_started_at is not null as is_timed,
        log.minutes as minutes_at_first,
        coalesce(corrections.minutes, log.minutes) as minutes,
        corrections.corrects_log_id is not null as is_corrected
    from log
    left join corrections on log.log_id = corrections.corrects_log_id
    where log.action = 'worked'
),

placed as (
    select
        worked.*,
        transitions.to_team as team,
        {{ dimension_columns('incidents') }},
        own_rates.team is not null as has_own_rate
    from worked
    inner join incidents on worked.incident_id = incidents.incident_id
    inner join transitions
        on
            worked.incident_id = transitions.incident_id
            and worked.version >= transitions.version
            and (transitions.next_version is null or worked.version < transitions.next_version)
    left join own_rates on transitions.to_team = own_rates.team
),

-- Definition 10: the rate that was in force then; none known = no cost known.
work as (
    select
        placed.work_id,
        placed.incident_id,
        placed.version,
        placed.team,
        {{ dimension_columns('placed') }},
        placed.worked_at,
        placed.is_timed,
        placed.is_corrected,
        placed.minutes_at_first,
        placed.minutes,
        rates.per_hour,
        rates.currency,
        placed.minutes / 60 * rates.per_hour as cost
    from placed
    left join rates
        on
            {{ is_rate_of('placed.team', 'placed.has_own_rate') }}
            and {{ is_in_force('placed.worked_at') }}
            and placed.source is null
)

select * from work
