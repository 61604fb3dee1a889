with

incidents as (
    select * from {{ ref('int_proposal_incidents') }}
    where monitor_id is not null
),

entities as (
    select * from {{ ref('fct_incident_entities') }}
),

-- An entity, or a segment of the evidence, as the cause of a monitor's incidents.
causes as (
    select
        incidents.monitor_id,
        'entity' as cause_kind,
        entities.entity_id as cause,
        incidents.incident_id,
        incidents.minutes,
        incidents.recorded_minutes,
        incidents.weeks
    from incidents
    inner join entities on incidents.incident_id = entities.incident_id
    union all
    select
        incidents.monitor_id,
        substr(dimensions.dimension, length(incidents.monitor_id) + 2) as cause_kind,
        {{ dimension_value('incidents') }} as cause,
        incidents.incident_id,
        incidents.minutes,
        incidents.recorded_minutes,
        incidents.weeks
    from incidents
    inner join {{ dimensions() }} on {{ counts_under('incidents') }}
    where dimensions.dimension like incidents.monitor_id || '.%'
),

monitors as (
    select
        monitor_id,
        count(*) as incidents
    from incidents
    group by monitor_id
),

counted as (
    select
        causes.monitor_id,
        causes.cause_kind,
        causes.cause,
        count(*) as times,
        sum(causes.minutes) as minutes,
        {{ share('coalesce(sum(causes.recorded_minutes), 0)', 'sum(causes.minutes)') }}
            as recorded_share,
        max(causes.weeks) as weeks
    from causes
    where causes.cause not in ('(none)', '(other)')
    group by causes.monitor_id, causes.cause_kind, causes.cause
),

-- Of each kind of cause the one that brings most.
ranked as (
    select
        counted.*,
        monitors.incidents as all_incidents,
        count(*) over (partition by counted.monitor_id, counted.cause_kind) as causes,
        row_number() over (
            partition by counted.monitor_id, counted.cause_kind
            order by counted.times desc, counted.cause asc
        ) as place
    from counted
    inner join monitors on counted.monitor_id = monitors.monitor_id
),

proposals as (
    select
        'fix_at_source:' || monitor_id || ':' || cause_kind || ':' || cause as proposal_key,
        'fix_at_source' as kind,
        'monitor' as dimension,
        monitor_id as dimension_value,
        'Fix at the source: ' || cause_kind || ' ' || cause || ' of ' || monitor_id as title,
        {{ whole_text('times') }} || ' of ' || {{ whole_text('all_incidents') }}
        || ' incidents (' || {{ percent_text(share('times', 'all_incidents')) }}
        || ') are about ' || cause_kind || ' ' || cause || '.' as reason,
        minutes / weeks as stake_minutes,
        recorded_share,
        cast(times as double precision) / weeks as stake_incidents,
        'events' as metric,
        -{{ share('times', 'all_incidents') }} / 2 as target_change
    from ranked
    where
        place = 1
        and times >= {{ threshold('source_incidents') }}
        and times >= {{ threshold('source_share') }} * all_incidents
        -- the largest of three brings a third of everything without being the cause of anything
        and times * causes >= {{ threshold('source_lift') }} * all_incidents
)

select * from proposals
