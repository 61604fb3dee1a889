with

clocks as (
    select
        fct_clocks.target,
        fct_clocks.outcome,
        fct_clocks.stopped_at,
        fct_clocks.missed_by_s,
        fct_clocks.cause,
        fct_clocks.team,
        {{ dimension_columns('incidents') }},
        cast(date_trunc('week', fct_clocks.opened_at) as date) as week_start
    from {{ ref('fct_clocks') }} as fct_clocks
    inner join {{ ref('fct_incidents') }} as incidents
        on fct_clocks.incident_id = incidents.incident_id
),

clocks_of_weeks as (
    select * from {{ of_changed_weeks('clocks') }}
),

counted as (
    select
        clocks.week_start,
        dimensions.dimension,
        {{ dimension_value('clocks') }} as dimension_value,
        clocks.target,
        count(*) as clocks,
        count(*) filter (where clocks.outcome = 'met') as met,
        count(*) filter (where clocks.outcome = 'missed') as missed,
        count(*) filter (where clocks.outcome = 'missed' and clocks.stopped_at is null)
            as missed_and_open,
        count(*) filter (where clocks.outcome = 'running') as running,
        count(*) filter (where clocks.outcome = 'void') as void,
        count(*) filter (where clocks.outcome = 'unknown') as unknown,
        {% for cause in ['queue', 'hand_over', 'waiting', 'work'] %}
            count(*) filter (where clocks.cause = '{{ cause }}') as missed_by_{{ cause }},
        {% endfor %}
        {{ median_of('clocks.missed_by_s') }} as median_missed_by_seconds
    from clocks_of_weeks as clocks
    inner join {{ dimensions() }} on {{ counts_under('clocks') }}
    group by clocks.week_start, dimensions.dimension, {{ dimension_value('clocks') }}, clocks.target
)

select * from counted
