with

transitions as (
    select * from {{ ref('fct_incident_transitions') }}
),

incidents as (
    select * from {{ ref('fct_incidents') }}
),

-- Into a team's backlog. What was over when it was first heard of came in and went out at once.
entries as (
    select
        incident_id,
        version,
        changed_at as moved_at,
        case
            when from_state is null then 'opened'
            when is_reopening then 'reopened'
            else 'moved_in'
        end as movement,
        to_team as team,
        1 as change_of_backlog,
        resolution_code
    from transitions
    where from_state is null or (is_open and (is_reopening or from_team is distinct from to_team))
),

-- Out of a team's backlog: of the team that had it, whoever the row hands it to.
exits as (
    select
        incident_id,
        version,
        changed_at as moved_at,
        case
            when is_end and is_merge then 'merged'
            when is_end then 'resolved'
            else 'moved_out'
        end as movement,
        case when from_state is null then to_team else from_team end as team,
        -1 as change_of_backlog,
        resolution_code
    from transitions
    where is_end or (was_open and is_open and from_team is distinct from to_team)
),

both_ways as (
    select
        incident_id,
        version,
        moved_at,
        movement,
        team,
        change_of_backlog,
        resolution_code
    from entries
    union all
    select
        incident_id,
        version,
        moved_at,
        movement,
        team,
        change_of_backlog,
        resolution_code
    from exits
),

movements as (
    select
        both_ways.incident_id,
        both_ways.version,
        both_ways.moved_at,
        cast(both_ways.moved_at as date) as day,
        both_ways.movement,
        both_ways.team,
        {{ dimension_columns('incidents') }},
        both_ways.change_of_backlog,
        both_ways.movement = 'resolved'
        and {{ is_self_resolved_code('both_ways.resolution_code') }} as is_self_resolved
    from both_ways
    inner join incidents on both_ways.incident_id = incidents.incident_id
)

select * from movements
