with

imports as (
    select * from {{ source('opsloop_log', 'imports') }}
    where is_current
),

named as (
    select
        import_id,
        source,
        file_name,
        cast(window_from as date) as window_from,
        cast(window_to - interval '1 day' as date) as window_to,
        complete_for,
        rows_imported,
        rows_rejected,
        imported_at
    from imports
)

select * from named
