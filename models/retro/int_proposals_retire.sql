with

incidents as (
    select * from {{ ref('int_proposal_incidents') }}
    where monitor_id is not null
),

counted as (
    select
        incidents.monitor_id,
        -- what is open may still be touched
        count(*) filter (where not incidents.is_open) as times,
        count(*) filter (where incidents.people_count > 0) as touched,
        count(*) filter (where incidents.is_self_resolved) as self_resolved,
        {{ per_week('count(*)') }} as stake_incidents
    from incidents
    group by incidents.monitor_id
),

-- Nobody touched them, so they cost no minutes that anybody could save. That it finds no more is no
-- proof either, since nobody looks: the proposal says so.
proposals as (
    select
        'retire:' || monitor_id as proposal_key,
        'retire' as kind,
        'monitor' as dimension,
        monitor_id as dimension_value,
        'Retire ' || monitor_id || ': nobody acts on it' as title,
        'Nobody touched any of its ' || {{ whole_text('times') }} || ' ended incidents; '
        || {{ whole_text('self_resolved') }} || ' cleared by themselves. No verdict can prove it '
        || 'right: what nobody looks for is not counted.' as reason,
        cast(null as double precision) as stake_minutes,
        cast(null as double precision) as recorded_share,
        stake_incidents,
        'events' as metric,
        cast(-1.0 as double precision) as target_change
    from counted
    where times >= {{ threshold('retire_incidents') }} and touched = 0
)

select * from proposals
