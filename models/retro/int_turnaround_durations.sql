with

incidents as (
    select * from {{ ref('fct_incidents') }}
),

escalations as (
    select * from {{ ref('fct_escalations') }}
),

business_times as (
    select * from {{ ref('fct_business_times') }}
),

-- Open work counts with its age (definition 4). Left out are incidents that are over without the
-- moment being known: never acknowledged by anybody, or closed without a known resolve.
acknowledgements as (
    select
        'acknowledge' as measure,
        opened_at as started_at,
        team,
        {{ dimension_columns() }},
        coalesce(seconds_to_acknowledge, age_seconds) as seconds,
        acknowledged_at is not null as is_finished,
        false as is_ended_otherwise
    from incidents
    where {{ is_acknowledge_known() }}
),

resolves as (
    select
        'resolve' as measure,
        opened_at as started_at,
        team,
        {{ dimension_columns() }},
        coalesce(seconds_to_resolve, age_seconds) as seconds,
        first_resolved_at is not null as is_finished,
        false as is_ended_otherwise
    from incidents
    where first_resolved_at is not null or is_open
),

final_resolves as (
    select
        'final_resolve' as measure,
        opened_at as started_at,
        team,
        {{ dimension_columns() }},
        coalesce(seconds_to_final_resolve, age_seconds) as seconds,
        resolved_at is not null as is_finished,
        false as is_ended_otherwise
    from incidents
    where resolved_at is not null or is_open
),

-- Clearing by itself is another way to end, never "still open" (definition 5).
resolves_by_people as (
    select
        'resolve_by_people' as measure,
        opened_at as started_at,
        team,
        {{ dimension_columns() }},
        coalesce(seconds_to_resolve, age_seconds) as seconds,
        first_resolved_at is not null
        and not {{ is_ended_without_people('first_resolution_code') }} as is_finished,
        first_resolved_at is not null
        and {{ is_ended_without_people('first_resolution_code') }} as is_ended_otherwise
    from incidents
    where first_resolved_at is not null or is_open
),

-- Administrative, and never a headline (definition 6).
closes as (
    select
        'close' as measure,
        opened_at as started_at,
        team,
        {{ dimension_columns() }},
        coalesce(seconds_to_close, {{ seconds_until('opened_at', 'known_until') }}) as seconds,
        closed_at is not null as is_finished,
        false as is_ended_otherwise
    from incidents
),

-- By the calendar of whoever had it (definition 3).
in_business_time as (
    select
        business_times.measure || '_business' as measure,
        incidents.opened_at as started_at,
        incidents.team,
        {{ dimension_columns('incidents') }},
        cast(business_times.business_seconds as double precision) as seconds,
        business_times.is_finished,
        false as is_ended_otherwise
    from business_times
    inner join incidents on business_times.incident_id = incidents.incident_id
    where business_times.business_seconds is not null
),

answers as (
    select
        'answer' as measure,
        escalations.asked_at as started_at,
        escalations.from_team as team,
        {{ dimension_columns('incidents') }},
        escalations.seconds_waited as seconds,
        escalations.is_answered as is_finished,
        false as is_ended_otherwise
    from escalations
    inner join incidents on escalations.incident_id = incidents.incident_id
),

durations as (
    {% for part in [
        'acknowledgements', 'resolves', 'final_resolves', 'resolves_by_people', 'closes',
        'in_business_time', 'answers',
    ] %}
        select
            measure,
            started_at,
            team,
            {{ dimension_columns() }},
            seconds,
            is_finished,
            is_ended_otherwise
        from {{ part }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

dated as (
    select
        measure,
        cast(date_trunc('week', started_at) as date) as week_start,
        team,
        {{ dimension_columns() }},
        seconds,
        is_finished,
        is_ended_otherwise
    from durations
)

select * from dated
