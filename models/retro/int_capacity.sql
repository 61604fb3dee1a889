with

weeks as (
    select distinct week_start
    from {{ ref('dim_days') }}
),

members as (
    select * from {{ ref('stg_team_members') }}
),

newest as (
    select coalesce(max(calendar_version), 0) as calendar_version
    from {{ source('opsloop_log', 'calendar_intervals') }}
),

team_calendars as (
    select * from {{ source('opsloop_log', 'team_calendars') }}
),

teams as (
    select
        team,
        count(*) as people
    from members
    group by team
),

-- A week that is not over has the hours that have passed.
spans as (
    select
        weeks.week_start,
        teams.team,
        teams.people,
        newest.calendar_version,
        coalesce(team_calendars.calendar, 'always') as calendar,
        cast(weeks.week_start as {{ dbt.type_timestamp() }}) as starts_at,
        weeks.week_start + interval '7 days' as week_ends_at,
        least(weeks.week_start + interval '7 days', {{ as_of() }}) as ends_at
    from weeks
    cross join teams
    cross join newest
    left join team_calendars
        on
            newest.calendar_version = team_calendars.calendar_version
            and teams.team = team_calendars.team
),

so_far as (
    {{ business_seconds(
        'spans', source('opsloop_log', 'calendar_intervals'), 'starts_at', 'ends_at'
    ) }}
),

whole_weeks as (
    {{ business_seconds(
        'spans', source('opsloop_log', 'calendar_intervals'), 'starts_at', 'week_ends_at'
    ) }}
),

-- Nobody works all the hours of a calendar that is open day and night: their share of them.
capacities as (
    select
        so_far.week_start,
        so_far.team,
        so_far.people,
        so_far.calendar,
        cast(so_far.business_seconds as double precision) / 60 as open_minutes,
        so_far.people
        * cast(so_far.business_seconds as double precision) / 60
        * least(
            1,
            coalesce(
                {{ threshold('full_week_minutes') }}
                * cast(60 as double precision) / nullif(whole_weeks.business_seconds, 0),
                1
            )
        ) as capacity_minutes
    from so_far
    inner join whole_weeks
        on so_far.week_start = whole_weeks.week_start and so_far.team = whole_weeks.team
)

select * from capacities
