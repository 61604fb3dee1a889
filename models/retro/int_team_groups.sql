with

teams as (
    select
        team,
        count(*) as people
    from {{ ref('stg_team_members') }}
    group by team
),

small as (
    select
        count(*) as teams,
        sum(people) as people
    from teams
    where people < {{ threshold('smallest_group') }}
),

-- One small team by itself, or two of two people, would still be told of: then nothing is.
groups as (
    select
        teams.team,
        teams.people,
        case
            when teams.people >= {{ threshold('smallest_group') }} then teams.team
            else '(small teams)'
        end as group_name,
        teams.people >= {{ threshold('smallest_group') }}
        or (small.teams > 1 and small.people >= {{ threshold('smallest_group') }}) as is_told
    from teams
    cross join small
)

select * from groups
