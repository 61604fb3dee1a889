-- Grains of several columns: each combination once. Views of all time: `--selector retro` leaves
-- them untested, since to test them is to ask for all of them.
{%- set grains = {
    'int_turnaround_all_time': ['measure', 'dimension', 'dimension_value'],
    'rpt_headline': ['dimension', 'dimension_value'],
    'rpt_reopen_rate': ['dimension', 'dimension_value'],
    'rpt_detection': ['period', 'week_start', 'dimension', 'dimension_value', 'found_by'],
    'rpt_entities': ['dimension', 'dimension_value', 'entity_id'],
    'rpt_segments': ['dimension', 'dimension_value'],
    'rpt_escalation_routes': [
        'dimension', 'dimension_value', 'receiver_kind', 'receiver', 'escalation_type',
    ],
    'rpt_process_activities': ['dimension', 'dimension_value', 'activity'],
    'rpt_process_edges': ['dimension', 'dimension_value', 'from_activity', 'to_activity'],
    'rpt_process_variants': ['dimension', 'dimension_value', 'place'],
    'rpt_process_rework': ['dimension', 'dimension_value', 'kind', 'activity', 'via_activity'],
} %}
{{ repeats(grains) }}
