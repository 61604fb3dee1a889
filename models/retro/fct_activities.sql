with

log as (
    select * from {{ ref('stg_incident_log') }}
    where action in {{ process_actions() }} and is_undone is not true
),

transitions as (
    select * from {{ ref('fct_incident_transitions') }}
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
        is_open
    from transitions
    where is_current
),

stated as (
    select
        log.incident_id,
        log.version,
        {{ activity_of('log.action', 'log.resolution_code', 'hand_overs.version is not null') }}
            as activity,
        {{ stated_at('log') }} as stated_at
    from log
    left join hand_overs
        on
            log.incident_id = hand_overs.incident_id
            and log.version = hand_overs.version
),

-- Sync may write later what happened earlier: nothing happens before what stands before it.
followed as (
    select
        incident_id,
        version,
        activity,
        row_number() over incident_so_far as place,
        max(stated_at) over incident_so_far as happened_at,
        lead(activity) over incident_so_far as activity_after,
        lead(stated_at) over incident_so_far as stated_after
    from stated
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
            when followed.activity_after is not null
                then {{ seconds_between(
                    'followed.happened_at', 'greatest(followed.happened_at, followed.stated_after)',
                ) }}
            when standing.is_open then {{ seconds_until_now('followed.happened_at') }}
        end as seconds_to_next,
        not {{ is_ending_activity('followed.activity') }} as is_while_open
    from followed
    inner join standing on followed.incident_id = standing.incident_id
)

select * from activities
