with

incidents as (
    select * from {{ ref('int_proposal_incidents') }}
    where is_reviewed and monitor_id is not null
),

ways as (
    select
        incidents.monitor_id,
        incidents.resolution,
        bool_or(incidents.is_false_alarm) as is_false_alarm,
        count(*) as times,
        count(incidents.minutes) as known_minutes,
        {{ per_week('sum(incidents.minutes)') }} as stake_minutes,
        {{ share('coalesce(sum(incidents.recorded_minutes), 0)', 'sum(incidents.minutes)') }}
            as recorded_share,
        {{ per_week('count(*)') }} as stake_incidents
    from incidents
    group by incidents.monitor_id, incidents.resolution
),

compared as (
    select
        *,
        sum(times) over (partition by monitor_id) as reviewed
    from ways
),

proposals as (
    select
        'automate:' || monitor_id || ':' || resolution as proposal_key,
        'automate' as kind,
        'monitor' as dimension,
        monitor_id as dimension_value,
        'Automate how ' || monitor_id || ' ends: ' || resolution as title,
        {{ whole_text('times') }} || ' of ' || {{ whole_text('reviewed') }}
        || ' reviewed incidents ended the same way (' || resolution || '): let a rule do it.'
            as reason,
        stake_minutes,
        recorded_share,
        stake_incidents,
        case when known_minutes > 0 then 'minutes' else 'resolve' end as metric,
        cast(-0.5 as double precision) as target_change
    from compared
    where
        not is_false_alarm
        and reviewed >= {{ threshold('automate_reviewed') }}
        and times >= {{ threshold('automate_share') }} * reviewed
)

select * from proposals
