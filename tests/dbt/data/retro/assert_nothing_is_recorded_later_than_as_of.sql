-- The retro knows what was recorded by as_of(). Rows that are already mirrored and yet later are
-- not wrong, but the figures leave them out.
{{ config(severity='warn') }}

select
    log_id,
    recorded_at
from {{ source('opsloop_log', 'incident_log') }}
where recorded_at >= {{ known_before() }}
