with

incidents as (
    select * from {{ ref('fct_incidents') }}
),

-- Whole weeks, so that the first week counts its Monday although nothing was opened on it.
bounds as (
    select
        date_trunc('week', min(opened_at)) as first_day,
        date_trunc('day', {{ as_of() }}) as last_day
    from incidents
),

series as (
    select cast({{ each_day('first_day', 'last_day') }} as date) as day
    from bounds
),

days as (
    select
        day,
        cast(date_trunc('week', day) as date) as week_start,
        {{ iso_week('day') }} as iso_week,
        date_trunc('week', day) + interval '7 days' <= {{ as_of() }} as is_complete_week
    from series
)

select * from days
