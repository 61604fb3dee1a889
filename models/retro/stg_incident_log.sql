-- depends_on: {{ source('opsloop_log', 'imports') }}
-- depends_on: {{ ref('stg_imported_sources') }}
{{ decided_log(source('opsloop_log', 'incident_log')) }}
