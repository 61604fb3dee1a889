select
    log_id,
    incident_id,
    version,
    action,
    effective_at,
    minutes,
    work_started_at,
    corrects_log_id
from {{ source('opsloop_log', 'incident_log') }}
where recorded_at < {{ known_before() }} and action in ('worked', 'corrected')
