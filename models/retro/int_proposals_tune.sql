with

incidents as (
    select * from {{ ref('int_proposal_incidents') }}
    where is_reviewed and monitor_id is not null
),

counted as (
    select
        incidents.monitor_id,
        count(*) as reviewed,
        count(*) filter (where not incidents.is_false_alarm) as confirmed,
        count(*) filter (where incidents.is_false_alarm) as false_alarms,
        {{ per_week('sum(case when incidents.is_false_alarm then incidents.minutes end)') }}
            as stake_minutes,
        {{ share(
            'coalesce(sum(case when incidents.is_false_alarm then incidents.recorded_minutes end), 0)',
            'sum(case when incidents.is_false_alarm then incidents.minutes end)',
        ) }} as recorded_share,
        {{ per_week('count(case when incidents.is_false_alarm then 1 end)') }} as stake_incidents
    from incidents
    group by incidents.monitor_id
),

bounded as (
    select
        *,
        {{ wilson_bound('confirmed', 'reviewed', 1) }} as precision_high
    from counted
),

proposals as (
    select
        'tune:' || monitor_id as proposal_key,
        'tune' as kind,
        'monitor' as dimension,
        monitor_id as dimension_value,
        'Tune ' || monitor_id || ': most of what it finds is false' as title,
        {{ whole_text('false_alarms') }} || ' of ' || {{ whole_text('reviewed') }}
        || ' reviewed incidents were false alarms; at most '
        || {{ percent_text('precision_high') }} || ' are real (95 % interval).' as reason,
        stake_minutes,
        recorded_share,
        stake_incidents,
        'minutes' as metric,
        -{{ share('false_alarms', 'reviewed') }} / 2 as target_change
    from bounded
    where
        reviewed >= {{ threshold('tune_reviewed') }}
        and precision_high < {{ threshold('tune_precision') }}
)

select * from proposals
