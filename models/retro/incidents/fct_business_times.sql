with

asked as (
    select * from {{ of_changed(ref('int_clocks_asked')) }}
    where basis = 'turnaround'
),

runs as (
    select * from {{ of_changed(ref('int_clock_runs')) }}
    where basis = 'turnaround'
),

-- A calendar that does not reach as far leaves the whole unknown.
counted as (
    select
        incident_id,
        target,
        case when count(*) = count(business_seconds) then cast(sum(business_seconds) as bigint) end
            as business_seconds
    from runs
    group by incident_id, target
),

times as (
    select
        asked.incident_id,
        asked.target as measure,
        asked.is_reached as is_finished,
        case when counted.incident_id is null then 0 else counted.business_seconds end
            as business_seconds
    from asked
    left join counted
        on
            asked.incident_id = counted.incident_id
            and asked.target = counted.target
)

select * from times
