with

incidents as (
    select * from {{ ref('int_proposal_incidents') }}
    where monitor_id is not null
),

entities as (
    select * from {{ ref('fct_incident_entities') }}
),

involved as (
    select
        incidents.incident_id,
        incidents.monitor_id,
        incidents.opened_at,
        entities.entity_id
    from incidents
    inner join entities on incidents.incident_id = entities.incident_id
),

monitors as (
    select
        monitor_id,
        count(distinct incident_id) as incidents,
        count(*) as findings
    from involved
    group by monitor_id
),

-- A finding is an entity in an incident; shared is what another monitor found at the same time.
shared_findings as (
    select distinct
        involved.monitor_id,
        others.monitor_id as other_monitor_id,
        involved.incident_id,
        involved.entity_id
    from involved
    inner join involved as others
        on
            involved.entity_id = others.entity_id
            and involved.monitor_id <> others.monitor_id
            and others.opened_at
            between involved.opened_at - interval '{{ threshold("merge_hours") }} hours'
            and involved.opened_at + interval '{{ threshold("merge_hours") }} hours'
),

shared as (
    select
        monitor_id,
        other_monitor_id,
        count(*) as shared_findings
    from shared_findings
    group by monitor_id, other_monitor_id
),

-- The smaller of the two may go into the other.
pairs as (
    select
        shared.monitor_id,
        shared.other_monitor_id,
        shared.shared_findings,
        smaller.findings,
        row_number() over (
            partition by shared.monitor_id
            order by shared.shared_findings desc, shared.other_monitor_id asc
        ) as place
    from shared
    inner join monitors as smaller on shared.monitor_id = smaller.monitor_id
    inner join monitors as larger on shared.other_monitor_id = larger.monitor_id
    where
        smaller.incidents >= {{ threshold('merge_incidents') }}
        and shared.shared_findings >= {{ threshold('merge_share') }} * smaller.findings
        and (
            smaller.findings < larger.findings
            or (
                smaller.findings = larger.findings
                and shared.monitor_id > shared.other_monitor_id
            )
        )
),

weighed as (
    select
        pairs.monitor_id,
        pairs.other_monitor_id,
        pairs.shared_findings,
        pairs.findings,
        {{ per_week('sum(incidents.minutes)') }} as all_minutes,
        {{ share('coalesce(sum(incidents.recorded_minutes), 0)', 'sum(incidents.minutes)') }}
            as recorded_share,
        {{ per_week('count(*)') }} as all_incidents
    from pairs
    inner join incidents on pairs.monitor_id = incidents.monitor_id
    where pairs.place = 1
    group by pairs.monitor_id, pairs.other_monitor_id, pairs.shared_findings, pairs.findings
),

proposals as (
    select
        'merge:' || monitor_id || ':' || other_monitor_id as proposal_key,
        'merge' as kind,
        'monitor' as dimension,
        monitor_id as dimension_value,
        'Merge ' || monitor_id || ' into ' || other_monitor_id as title,
        {{ whole_text('shared_findings') }} || ' of the ' || {{ whole_text('findings') }}
        || ' things it found, ' || other_monitor_id
        || ' found within {{ threshold("merge_hours") }} hours, too.' as reason,
        all_minutes * {{ share('shared_findings', 'findings') }} as stake_minutes,
        recorded_share,
        all_incidents * {{ share('shared_findings', 'findings') }} as stake_incidents,
        'minutes' as metric,
        -{{ share('shared_findings', 'findings') }} as target_change
    from weighed
)

select * from proposals
