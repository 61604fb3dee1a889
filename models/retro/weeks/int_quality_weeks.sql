with

incidents as (
    select * from {{ ref('fct_incidents') }}
),

contacts as (
    select * from {{ ref('fct_repeat_contacts') }}
),

-- What moves counts for the team that had it then: the one that gave it, or got it back.
moves as (
    select
        cast(date_trunc('week', transitions.changed_at) as date) as week_start,
        transitions.is_reopening,
        transitions.is_reassignment,
        transitions.is_ping_pong,
        case
            when transitions.is_reassignment
                then coalesce(transitions.from_team, transitions.to_team)
            else transitions.to_team
        end as team,
        {{ dimension_columns('incidents') }}
    from {{ ref('fct_incident_transitions') }} as transitions
    inner join incidents on transitions.incident_id = incidents.incident_id
    where transitions.is_reopening or transitions.is_reassignment
),

moves_of_weeks as (
    select * from {{ of_changed_weeks('moves') }}
),

openings as (
    select
        *,
        cast(date_trunc('week', opened_at) as date) as week_start
    from incidents
),

openings_of_weeks as (
    select * from {{ of_changed_weeks('openings') }}
),

ends as (
    select
        *,
        cast(date_trunc('week', coalesce(resolved_at, closed_at)) as date) as week_start
    from incidents
    where not is_open and coalesce(resolved_at, closed_at) is not null
),

ends_of_weeks as (
    select * from {{ of_changed_weeks('ends') }}
),

moved as (
    select
        moves.week_start,
        dimensions.dimension,
        {{ dimension_value('moves') }} as dimension_value,
        count(*) filter (where moves.is_reopening) as reopened,
        count(*) filter (where moves.is_reassignment) as reassignments,
        count(*) filter (where moves.is_ping_pong) as ping_pongs
    from moves_of_weeks as moves
    inner join {{ dimensions() }} on {{ counts_under('moves') }}
    group by moves.week_start, dimensions.dimension, {{ dimension_value('moves') }}
),

opened as (
    select
        incidents.week_start,
        dimensions.dimension,
        {{ dimension_value('incidents') }} as dimension_value,
        count(*) as opened,
        count(*) filter (where incidents.found_by = 'monitor') as found_by_monitor,
        count(*) filter (where incidents.found_by = 'staff') as found_by_staff,
        count(*) filter (where incidents.found_by = 'customer') as found_by_customer,
        count(contacts.incident_id) as opened_with_entity,
        count(*) filter (where contacts.is_within_14_days) as again_within_14_days,
        count(*) filter (where contacts.is_within_28_days) as again_within_28_days
    from openings_of_weeks as incidents
    left join contacts on incidents.incident_id = contacts.incident_id
    inner join {{ dimensions() }} on {{ counts_under('incidents') }}
    group by incidents.week_start, dimensions.dimension, {{ dimension_value('incidents') }}
),

ended as (
    select
        incidents.week_start,
        dimensions.dimension,
        {{ dimension_value('incidents') }} as dimension_value,
        count(*) as ended,
        count(*) filter (
            where
            {{ is_review('incidents.resolution_code') }}
            and incidents.resolution_code <> 'false_alarm'
        ) as confirmed,
        {% for code in ['false_alarm', 'duplicate', 'accepted', 'cleared_by_itself'] %}
            count(*) filter (where incidents.resolution_code = '{{ code }}') as {{ code }},
        {% endfor %}
        -- an imported log that names nobody does not say that nobody acted
        count(*) filter (where incidents.people_count = 0 and incidents.source is null)
            as ended_by_nobody,
        count(*) filter (where incidents.people_count = 1) as ended_by_one_person,
        count(*) filter (where incidents.people_count > 1) as ended_by_several_people,
        count(*) filter (where incidents.teams_count > 1) as ended_by_several_teams,
        sum(incidents.people_count) as people_sum,
        sum(incidents.teams_count) as teams_sum
    from ends_of_weeks as incidents
    inner join {{ dimensions() }} on {{ counts_under('incidents') }}
    group by incidents.week_start, dimensions.dimension, {{ dimension_value('incidents') }}
),

keys as (
    select
        week_start,
        dimension,
        dimension_value
    from moved
    union
    select
        week_start,
        dimension,
        dimension_value
    from opened
    union
    select
        week_start,
        dimension,
        dimension_value
    from ended
),

counted as (
    select
        keys.week_start,
        keys.dimension,
        keys.dimension_value,
        {% for count in ['reopened', 'reassignments', 'ping_pongs'] %}
            coalesce(moved.{{ count }}, 0) as {{ count }},
        {% endfor %}
        {% for count in [
            'opened', 'found_by_monitor', 'found_by_staff', 'found_by_customer',
            'opened_with_entity', 'again_within_14_days', 'again_within_28_days',
        ] %}
            coalesce(opened.{{ count }}, 0) as {{ count }},
        {% endfor %}
        coalesce(ended.ended, 0) as ended,
        coalesce(ended.confirmed, 0) as confirmed,
        coalesce(ended.false_alarm, 0) as false_alarms,
        coalesce(ended.duplicate, 0) as duplicates,
        coalesce(ended.accepted, 0) as accepted,
        coalesce(ended.cleared_by_itself, 0) as self_resolved,
        coalesce(ended.ended_by_nobody, 0) as ended_by_nobody,
        coalesce(ended.ended_by_one_person, 0) as ended_by_one_person,
        coalesce(ended.ended_by_several_people, 0) as ended_by_several_people,
        coalesce(ended.ended_by_several_teams, 0) as ended_by_several_teams,
        cast(coalesce(ended.people_sum, 0) as bigint) as people_sum,
        cast(coalesce(ended.teams_sum, 0) as bigint) as teams_sum
    from keys
    left join moved
        on
            keys.week_start = moved.week_start
            and keys.dimension = moved.dimension
            and keys.dimension_value = moved.dimension_value
    left join opened
        on
            keys.week_start = opened.week_start
            and keys.dimension = opened.dimension
            and keys.dimension_value = opened.dimension_value
    left join ended
        on
            keys.week_start = ended.week_start
            and keys.dimension = ended.dimension
            and keys.dimension_value = ended.dimension_value
)

select * from counted
