with

incidents as (
    select * from {{ ref('int_proposal_incidents') }}
    where people_count > 0
),

counted as (
    select
        incidents.monitor_id,
        count(*) as times,
        count(incidents.minutes) as known_minutes,
        {{ per_week('sum(incidents.minutes)') }} as stake_minutes,
        {{ share('coalesce(sum(incidents.recorded_minutes), 0)', 'sum(incidents.minutes)') }}
            as recorded_share,
        {{ per_week('count(*)') }} as stake_incidents
    from incidents
    inner join {{ monitors_without_runbook() }}
        on incidents.monitor_id = without_runbook.monitor_id
    group by incidents.monitor_id
),

proposals as (
    select
        'write_runbook:' || monitor_id as proposal_key,
        'write_runbook' as kind,
        'monitor' as dimension,
        monitor_id as dimension_value,
        'Write a runbook for ' || monitor_id as title,
        'People worked on ' || {{ whole_text('times') }} || ' of its incidents'
        || case
            when known_minutes > 0
                then ', about ' || {{ whole_text('stake_minutes') }} || ' minutes a week'
            else ''
        end
        || ', and it names no runbook.' as reason,
        stake_minutes,
        recorded_share,
        stake_incidents,
        'resolve' as metric,
        cast(-0.2 as double precision) as target_change
    from counted
    where times >= {{ threshold('write_runbook_incidents') }}
)

select * from proposals
