with

incidents as (
    select * from {{ ref('fct_incidents') }}
    where source is null
),

work as (
    select * from {{ ref('fct_incident_work') }}
),

-- As many weeks as proposals look back, or as there are.
windows as (
    select
        greatest(
            1,
            least(
                {{ threshold('proposal_weeks') }},
                ceil({{ seconds_between('min(opened_at)', as_of()) }} / 604800)
            )
        ) as weeks
    from incidents
),

recent as (
    select
        incidents.incident_id,
        incidents.entity_id,
        incidents.opened_at,
        incidents.people_count,
        incidents.is_open,
        incidents.is_self_resolved,
        incidents.team,
        {{ dimension_columns('incidents') }},
        windows.weeks,
        work.estimated_minutes as minutes,
        work.touch_minutes as recorded_minutes,
        not incidents.is_open and {{ is_review('incidents.resolution_code') }} as is_reviewed,
        coalesce(incidents.resolution_code = 'false_alarm', false) as is_false_alarm,
        incidents.resolution_code || coalesce(', ' || incidents.root_cause, '') as resolution
    from incidents
    inner join work on incidents.incident_id = work.incident_id
    cross join windows
    where
        incidents.opened_at
        > {{ as_of() }} - interval '{{ 7 * threshold("proposal_weeks") }} days'
)

select * from recent
