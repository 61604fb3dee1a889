-- Grains of several columns: each combination once.
{%- set grains = {
    'rpt_quality_weekly': ['week_start', 'dimension', 'dimension_value'],
    'rpt_impact_weekly': ['week_start', 'dimension', 'dimension_value', 'impact_unit'],
    'rpt_population_weekly': ['week_start', 'monitor_id'],
    'fct_incident_entities': ['incident_id', 'entity_id'],
    'rpt_escalations_received_weekly': ['week_start', 'receiver_kind', 'receiver'],
    'rpt_load_weekly': ['week_start', 'team'],
} %}
{{ repeats(grains) }}
