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
        least(weeks.week_start + interval '7 days', {{ as_of() }}) as ends_at
    from weeks
    cross join teams
    cross join newest
    left join team_calendars
        on
            newest.calendar_version = team_calendars.calendar_version
            and teams.team = team_calendars.team
),

opened as (
    {{ business_seconds(
        'spans', source('opsloop_log', 'calendar_intervals'), 'starts_at', 'ends_at'
    ) }}
),

-- Nobody works all the hours of a calendar that is open day and night: a full week at most.
capacities as (
    select
        week_start,
        team,
        people,
        calendar,
        cast(business_seconds as double precision) / 60 as open_minutes,
        people * least(
            cast(business_seconds as double precision) / 60,
            {{ threshold('full_week_minutes') }}
            * {{ seconds_between('starts_at', 'ends_at') }} / 604800
        ) as capacity_minutes
    from opened
)

select * from capacities
