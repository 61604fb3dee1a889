select
    seq,
    log_id,
    batch_id,
    recorded_at,
    incident_id,
    event_id,
    monitor_id,
    entity_id,
    change,
    firing as is_firing,
    severity,
    impact,
    occurred_at,
    started_at,
    cleared_at,
    cleared_reason,
    disposition
from {{ source('opsloop_log', 'incident_event_log') }}
where recorded_at < {{ known_before() }}
