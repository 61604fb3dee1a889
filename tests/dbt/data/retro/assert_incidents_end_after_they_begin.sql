-- A milestone before the opening, or a negative stay, is a log that was replayed wrongly.
select incident_id
from {{ ref('fct_incidents') }}
where
    first_resolved_at < opened_at
    or resolved_at < first_resolved_at
    or closed_at < opened_at
    or acknowledged_at < opened_at
union all
select incident_id
from {{ ref('fct_incident_transitions') }}
where seconds_in_it < 0
