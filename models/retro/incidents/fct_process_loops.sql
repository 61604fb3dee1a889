with

activities as (
    select * from {{ of_changed(ref('fct_activities')) }}
),

-- Each time but the first of an activity, with what it took since the last time.
repeats as (
    select
        incident_id,
        place,
        activity,
        {{ seconds_between(
            'lag(happened_at) over (partition by incident_id, activity order by place)',
            'happened_at',
        ) }} as seconds
    from activities
),

sequences as (
    select
        incident_id,
        place,
        activity,
        lag(activity) over incident_so_far as via_activity,
        lag(activity, 2) over incident_so_far as activity_before,
        {{ seconds_between('lag(happened_at, 2) over incident_so_far', 'happened_at') }} as seconds
    from activities
    window incident_so_far as (partition by incident_id order by place)
),

loops as (
    select
        incident_id,
        place,
        'repeated' as kind,
        activity,
        cast(null as {{ dbt.type_string() }}) as via_activity,
        seconds
    from repeats
    where seconds is not null
    union all
    select
        incident_id,
        place,
        'returned' as kind,
        activity,
        via_activity,
        seconds
    from sequences
    where activity = activity_before and activity <> via_activity
)

select * from loops
