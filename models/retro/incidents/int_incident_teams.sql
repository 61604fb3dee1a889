with

transitions as (
    select * from {{ of_changed(ref('fct_incident_transitions')) }}
),

teams as (
    select
        incident_id,
        to_team as team,
        cast(min(changed_at) as date) as first_day
    from transitions
    group by incident_id, to_team
)

select * from teams
