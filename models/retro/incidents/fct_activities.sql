with

log as (
    select * from {{ changed_log() }}
),

transitions as (
    select * from {{ of_changed(ref('fct_incident_transitions')) }}
),

hand_overs as (
    select
        incident_id,
        version
    from transitions
    where action = 'assigned' and from_team <> to_team
),

standing as (
    select
        incident_id,
        is_open,
        known_until
    from transitions
    where is_current
),

-- Sync may write later what happened earlier: nothing happens before what stands before it.
dated as (
    select
        log.incident_id,
        log.version,
        case
            when
                log.action in {{ process_actions() }}
                and log.is_undone is not true
                and log.is_implied is not true
                then {{ activity_of(
                    'log.action', 'log.resolution_code', 'hand_overs.version is not null',
                ) }}
        end as activity,
        max({{ stated_at('log') }}) over (
            partition by log.incident_id order by log.version
        ) as happened_at
    from log
    left join hand_overs
        on
            log.incident_id = hand_overs.incident_id
            and log.version = hand_overs.version
),

followed as (
    select
        *,
        row_number() over incident_so_far as place,
        lead(activity) over incident_so_far as activity_after,
        lead(happened_at) over incident_so_far as next_at
    from dated
    where activity is not null
    window incident_so_far as (partition by incident_id order by version)
),

activities as (
    select
        followed.incident_id,
        followed.version,
        followed.place,
        followed.activity,
        followed.happened_at,
        coalesce(
            followed.activity_after, case when standing.is_open then 'still_open' else 'end' end
        ) as next_activity,
        case
            when followed.next_at is not null
                then {{ seconds_between('followed.happened_at', 'followed.next_at') }}
            when standing.is_open
                then {{ seconds_until('followed.happened_at', 'standing.known_until') }}
        end as seconds_to_next,
        not {{ is_ending_activity('followed.activity') }} as is_while_open
    from followed
    inner join standing on followed.incident_id = standing.incident_id
)

select * from activities
