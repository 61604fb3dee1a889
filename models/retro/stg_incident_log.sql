{{ decided_log(source('opsloop_log', 'incident_log')) }}
