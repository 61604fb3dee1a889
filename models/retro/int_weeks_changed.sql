with

log as (
    select * from {{ source('opsloop_log', 'incident_log') }}
),

changed as (
    select * from {{ ref('int_incidents_changed') }}
),

-- Whatever a changed incident's rows say, they say of these moments: also the rows that once made
-- it an incident, and do no more.
moments as (
    select
        log.opened_at,
        log.effective_at,
        log.resolved_at,
        log.closed_at
    from log
    inner join changed on log.incident_id = changed.incident_id
),

named as (
    {% for column in ['opened_at', 'effective_at', 'resolved_at', 'closed_at'] %}
        select cast(date_trunc('week', {{ column }}) as date) as week_start
        from moments
        where {{ column }} is not null
        {% if not loop.last %}union{% endif %}
    {% endfor %}
),

-- What opens within 28 days of an end is a repeat contact: the end tells of those weeks too.
weeks as (
    select distinct cast(named.week_start + later.weeks * interval '7 days' as date) as week_start
    from named
    cross join (values (0), (1), (2), (3), (4)) as later (weeks)
)

select * from weeks
