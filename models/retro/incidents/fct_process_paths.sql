with

activities as (
    select * from {{ of_changed(ref('fct_activities')) }}
),

walked as (
    select
        incident_id,
        string_agg(activity, ' > ' order by place)
        || max(case when next_activity = 'still_open' then ' > still_open' else '' end)
            as path,
        cast(count(*) as bigint) as activities_count,
        min(happened_at) as started_at,
        coalesce(sum(seconds_to_next), 0) as seconds,
        count(case when next_activity = 'still_open' then 1 end) = 0 as is_ended
    from activities
    group by incident_id
),

paths as (
    select
        incident_id,
        md5(path) as path_id,
        path,
        activities_count,
        started_at,
        seconds,
        is_ended
    from walked
)

select * from paths
