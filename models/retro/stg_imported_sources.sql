with

log as (
    select
        import_id,
        effective_at
    from {{ source('opsloop_log', 'incident_log') }}
    where source is not null and recorded_at < {{ known_before() }}
),

imports as (
    select
        import_id,
        source,
        window_to
    from {{ source('opsloop_log', 'imports') }}
    where is_current
),

ends as (
    select
        imports.source,
        imports.import_id,
        coalesce(max(imports.window_to), max(log.effective_at)) as tells_until,
        max(log.effective_at) as last_effective_at
    from log
    inner join imports on log.import_id = imports.import_id
    group by imports.source, imports.import_id
),

-- A log tells nothing of the time after its end: until then what is open in it has aged.
sources as (
    select
        source,
        least(max(tells_until), {{ as_of() }}) as known_until,
        cast(max(last_effective_at) as date) as last_day
    from ends
    group by source
)

select * from sources
