{%- set told_apart = 20 -%}
{%- set orders = ['incidents', 'events', 'minutes'] -%}
with

incidents as (
    select * from {{ ref('fct_incidents') }}
),

entities as (
    select * from {{ ref('fct_incident_entities') }}
),

contacts as (
    select * from {{ ref('fct_repeat_contacts') }}
),

work as (
    select * from {{ ref('fct_incident_work') }}
),

-- Recorded minutes are shared among the entities of an incident, so that they add up.
involved as (
    select
        entities.entity_id,
        entities.events,
        work.touch_minutes / entities.entities_count as minutes,
        entities.is_own and coalesce(contacts.is_within_14_days, false) as is_within_14_days,
        entities.is_own and coalesce(contacts.is_within_28_days, false) as is_within_28_days,
        incidents.is_open,
        incidents.opened_at,
        incidents.team,
        {{ dimension_columns('incidents') }}
    from entities
    inner join incidents on entities.incident_id = incidents.incident_id
    inner join work on entities.incident_id = work.incident_id
    left join contacts on entities.incident_id = contacts.incident_id
),

counted as (
    select
        dimensions.dimension,
        {{ dimension_value('involved') }} as dimension_value,
        involved.entity_id,
        max(involved.entity_type) as type_of_entity,
        count(*) as incidents,
        count(*) filter (where involved.is_open) as open_incidents,
        sum(involved.events) as events,
        count(involved.minutes) as recorded_incidents,
        sum(involved.minutes) as minutes,
        count(*) filter (where involved.is_within_14_days) as again_within_14_days,
        count(*) filter (where involved.is_within_28_days) as again_within_28_days,
        max(involved.opened_at) as last_opened_at
    from involved
    inner join {{ dimensions() }} on {{ counts_under('involved') }}
    where dimensions.dimension in ('total', 'team', 'monitor', 'source')
    group by
        dimensions.dimension,
        {{ dimension_value('involved') }},
        involved.entity_id
),

ranked as (
    select
        *,
        {% for order in orders %}
            row_number() over (
                partition by dimension, dimension_value
                order by
                    coalesce({{ order }}, 0) desc,
                    incidents desc,
                    entity_id asc
            ) as place_by_{{ order }},
        {% endfor %}
        sum(incidents) over (partition by dimension, dimension_value) as all_incidents
    from counted
),

-- Whoever is among the first in none of the three is part of one row, so that all adds up.
shown as (
    select
        *,
        least(place_by_incidents, place_by_events, place_by_minutes) <= {{ told_apart }} as is_shown
    from ranked
),

report as (
    select
        dimension,
        dimension_value,
        case when is_shown then type_of_entity end as type_of_entity,
        case when is_shown then entity_id end as entity_id,
        {% for order in orders %}
            cast(min(case when is_shown then place_by_{{ order }} end) as bigint)
                as place_by_{{ order }},
        {% endfor %}
        count(*) as entities,
        cast(sum(incidents) as bigint) as incidents,
        {{ without_dust(share('sum(incidents)', 'max(all_incidents)')) }} as incidents_share,
        cast(sum(open_incidents) as bigint) as open_incidents,
        cast(sum(events) as bigint) as events,
        cast(sum(recorded_incidents) as bigint) as recorded_incidents,
        sum(minutes) as minutes,
        cast(sum(again_within_14_days) as bigint) as again_within_14_days,
        cast(sum(again_within_28_days) as bigint) as again_within_28_days,
        max(last_opened_at) as last_opened_at
    from shown
    group by
        dimension,
        dimension_value,
        case when is_shown then type_of_entity end,
        case when is_shown then entity_id end
)

select * from report
