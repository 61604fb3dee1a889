with

-- As the store wrote it: also what figures leave out is known.
incident_log as (
    select seq
    from {{ source('opsloop_log', 'incident_log') }}
    where recorded_at < {{ known_before() }}
),

built as (
    select
        coalesce(max(seq), 0) as seq,
        {{ as_of() }} as data_through
    from incident_log
)

select * from built
