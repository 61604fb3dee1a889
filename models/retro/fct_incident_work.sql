with

incidents as (
    select * from {{ ref('fct_incidents') }}
),

work as (
    select * from {{ ref('fct_work') }}
),

rates as (
    select * from {{ ref('stg_team_rates') }}
),

transitions as (
    select * from {{ ref('fct_incident_transitions') }}
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
),

usual as (
    select
        coalesce(monitor_id, '') as monitor_id,
        coalesce(source, '') as source,
        {{ median_of('touch_minutes') }} as median_minutes
    from touched
    where touch_minutes is not null
    group by coalesce(monitor_id, ''), coalesce(source, '')
),

-- What is not recorded is taken for the monitor's median, at the rate of its opening.
estimated as (
    select
        touched.incident_id,
        touched.team,
        {{ dimension_columns('touched') }},
        touched.opened_at,
        touched.entries,
        touched.touch_minutes,
        touched.active_seconds,
        touched.recorded_cost,
        coalesce(touched.touch_minutes, usual.median_minutes) as estimated_minutes,
        case
            when touched.touch_minutes is not null then touched.recorded_cost
            else usual.median_minutes / 60 * rates.per_hour
        end as estimated_cost
    from touched
    left join usual
        on
            coalesce(touched.monitor_id, '') = usual.monitor_id
            and coalesce(touched.source, '') = usual.source
    left join rates
        on
            {{ is_rate_of('touched.team', 'touched.has_own_rate') }}
            and {{ is_in_force('touched.opened_at') }}
            and touched.source is null
)

select * from estimated
