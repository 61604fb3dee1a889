with

work as (
    select * from {{ ref('fct_work') }}
    where source is null and minutes > 0
),

log as (
    select
        log_id,
        person
    from {{ source('opsloop_log', 'incident_log') }}
    where action = 'worked'
),

members as (
    select * from {{ ref('stg_team_members') }}
),

-- Groups under five are merged: their minutes would tell of single persons (definition 17).
groups as (
    select * from {{ ref('int_team_groups') }}
),

worked as (
    select
        work.work_id,
        work.incident_id,
        work.worked_at,
        work.minutes,
        work.team as owner_team,
        members.team as member_team,
        groups.group_name
    from work
    inner join log on work.work_id = log.log_id
    inner join members on log.person = members.person
    inner join groups on members.team = groups.team
)

select * from worked
