-- An incident's rows count from 1 without a gap or a repeat: else the mirror lost or doubled some.
select
    incident_id,
    count(*) as row_count,
    count(distinct version) as versions,
    max(version) as last_version
from {{ source('opsloop_log', 'incident_log') }}
group by incident_id
having count(*) <> max(version) or count(distinct version) <> max(version)
