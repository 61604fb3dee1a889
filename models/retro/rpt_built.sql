with

incident_log as (
    select * from {{ ref('stg_incident_log') }}
),

built as (
    select
        coalesce(max(incident_log.seq), 0) as seq,
        {{ as_of() }} as data_through
    from incident_log
)

select * from built
