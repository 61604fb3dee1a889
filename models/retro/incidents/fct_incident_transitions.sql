with

log as (
    select
        incident_id,
        version,
        action,
        actor_kind,
        actor_id,
        state,
        team,
        resolution_code,
        merged_into,
        known_until,
        coalesce(counts_reassignments, false) as counts_reassignments,
        coalesce(is_counted_reassignment, false) as is_counted_reassignment,
        -- one that says who has it and names nobody means nobody ('')
        coalesce(
            assignee,
            case
                when
                    action in ('assigned', 'undone', 'taken_back') and is_undone is not true
                    then ''
            end
        ) as assignee,
        {{ stated_at() }} as stated_at
    from {{ changed_log() }}
),

-- Sync may write later what happened earlier: a row takes effect no sooner than those before it.
dated as (
    select
        *,
        max(stated_at) over (partition by incident_id order by version) as changed_at
    from log
),

folded as (
    select
        incident_id,
        version,
        action,
        actor_kind,
        actor_id,
        resolution_code,
        merged_into,
        changed_at,
        known_until,
        counts_reassignments,
        is_counted_reassignment,
        {{ carried('state', 'incident_so_far') }} as to_state,
        {{ carried('team', 'incident_so_far') }} as to_team,
        nullif({{ carried('assignee', 'incident_so_far') }}, '') as to_assignee,
        row_number() over incident_so_far = 1 as is_first
    from dated
    where
        state is not null
        or team is not null
        or assignee is not null
        or is_counted_reassignment
    window incident_so_far as (partition by incident_id order by version)
),

compared as (
    select
        *,
        lag(to_state) over incident_so_far as from_state,
        lag(to_team) over incident_so_far as from_team,
        lag(to_assignee) over incident_so_far as from_assignee
    from folded
    window incident_so_far as (partition by incident_id order by version)
),

changes as (
    select
        *,
        count(case when from_team <> to_team then 1 end) over (
            partition by incident_id
            order by version
            rows between unbounded preceding and current row
        ) as team_changes_so_far
    from compared
    where
        is_first
        or from_state is distinct from to_state
        or from_team is distinct from to_team
        or from_assignee is distinct from to_assignee
        or is_counted_reassignment
),

-- Ownership as two sequences of distinct holders: teams, and people within one stay at a team.
-- A change to nobody is not a holder, so that A, nobody, B is one hand-over and A, nobody, A none.
team_holders as (
    select
        incident_id,
        version,
        to_team as holder,
        0 as stay
    from changes
    where to_team is not null and (is_first or from_team is null or from_team <> to_team)
),

people_seen as (
    select
        incident_id,
        version,
        to_assignee as holder,
        team_changes_so_far as stay,
        lag(to_assignee) over (
            partition by incident_id, team_changes_so_far order by version
        ) as holder_before
    from changes
    where to_assignee is not null
),

person_holders as (
    select
        incident_id,
        version,
        holder,
        stay
    from people_seen
    where holder_before is null or holder_before <> holder
),

holders as (
    select
        'team' as kind,
        incident_id,
        version,
        holder,
        stay
    from team_holders
    union all
    select
        'person' as kind,
        incident_id,
        version,
        holder,
        stay
    from person_holders
),

hand_overs as (
    select
        incident_id,
        version,
        row_number() over stay_so_far > 1 as is_reassignment,
        coalesce(lag(holder, 2) over stay_so_far = holder, false) as is_ping_pong
    from holders
    window stay_so_far as (partition by kind, incident_id, stay order by version)
),

reassignments as (
    select
        incident_id,
        version,
        bool_or(is_ping_pong) as is_ping_pong
    from hand_overs
    where is_reassignment
    group by incident_id, version
),

transitions as (
    select
        changes.incident_id,
        changes.version,
        changes.action,
        changes.actor_kind,
        changes.actor_id,
        changes.changed_at,
        changes.from_state,
        changes.to_state,
        changes.from_team,
        changes.to_team,
        changes.from_assignee,
        changes.to_assignee,
        {{ is_open_state('changes.from_state') }} as was_open,
        {{ is_open_state('changes.to_state') }} as is_open,
        (
            changes.merged_into is not null and not {{ is_open_state('changes.to_state') }}
        ) as is_merge,
        (changes.from_state is distinct from changes.to_state) as is_state_change,
        (
            changes.from_team is distinct from changes.to_team
            or changes.from_assignee is distinct from changes.to_assignee
        ) as is_owner_change,
        -- a log that counts them itself knows better than what its owners show
        case
            when changes.counts_reassignments then changes.is_counted_reassignment
            else reassignments.incident_id is not null
        end as is_reassignment,
        coalesce(reassignments.is_ping_pong, false)
        and (changes.is_counted_reassignment or not changes.counts_reassignments)
            as is_ping_pong,
        changes.resolution_code,
        changes.known_until,
        lead(changes.version) over incident_so_far as next_version,
        lead(changes.changed_at) over incident_so_far as left_at
    from changes
    left join reassignments
        on
            changes.incident_id = reassignments.incident_id
            and changes.version = reassignments.version
    window incident_so_far as (partition by changes.incident_id order by changes.version)
),

timed as (
    select
        *,
        case
            when left_at is not null then {{ seconds_between('changed_at', 'left_at') }}
            when is_open then {{ seconds_until('changed_at', 'known_until') }}
        end as seconds_in_it,
        (left_at is null) as is_current,
        (is_state_change and not is_open and (was_open or from_state is null)) as is_end,
        (is_open and not was_open and from_state is not null) as is_reopening
    from transitions
)

select * from timed
