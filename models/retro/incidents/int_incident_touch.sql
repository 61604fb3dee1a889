with

incidents as (
    select * from {{ of_changed(ref('fct_incidents')) }}
),

work as (
    select * from {{ of_changed(ref('fct_work')) }}
),

rates as (
    select * from {{ ref('stg_team_rates') }}
),

transitions as (
    select * from {{ of_changed(ref('fct_incident_transitions')) }}
),

own_rates as (
    select distinct team
    from rates
    where team is not null
),

-- Definition 2: active is the time in that state, whoever looked at it how long.
active as (
    select
        incident_id,
        sum(case when to_state = 'active' then seconds_in_it else 0 end) as active_seconds
    from transitions
    group by incident_id
),

recorded as (
    select
        incident_id,
        count(*) as entries,
        sum(minutes) as touch_minutes,
        sum(cost) as cost,
        count(case when minutes > 0 and cost is null then 1 end) = 0 as is_cost_known
    from work
    group by incident_id
),

-- Minutes that were all taken back again are no record of work.
touched as (
    select
        incidents.incident_id,
        incidents.team,
        {{ dimension_columns('incidents') }},
        incidents.opened_at,
        coalesce(recorded.entries, 0) as entries,
        nullif(recorded.touch_minutes, 0) as touch_minutes,
        case when recorded.touch_minutes > 0 and recorded.is_cost_known then recorded.cost end
            as recorded_cost,
        active.active_seconds,
        own_rates.team is not null as has_own_rate
    from incidents
    inner join active on incidents.incident_id = active.incident_id
    left join recorded on incidents.incident_id = recorded.incident_id
    left join own_rates on incidents.team = own_rates.team
)

select * from touched
