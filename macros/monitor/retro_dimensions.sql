{#
    What the retro tells incidents apart by: columns of an incident, and columns of evidence that a
    monitor's `retro: {by: [...]}` names.
#}

{# Dimensions that are columns of an incident, by name; what has none reads '(none)'. #}
{% macro incident_dimensions() %}
    {{ return({
        'monitor': 'monitor_id',
        'priority': 'priority',
        'class': 'class',
        'type': 'type',
        'entity_type': 'entity_type',
    }) }}
{% endmacro %}


{# Values of a dimension that are told apart; the rarer ones read '(other)'. #}
{% macro evidence_values_kept() %}
    {{ return(50) }}
{% endmacro %}


{# The monitors of this project with their definitions; a unit test knows none. #}
{% macro defined_monitors() %}
    {%- set found = [] -%}
    {%- if execute -%}
        {%- for node in graph.get('nodes', {}).values()
            | selectattr('config.materialized', 'equalto', 'monitor') | sort(attribute='name') -%}
            {%- set given = node.config.meta.get('monitor') -%}
            {%- if given is mapping -%}
                {%- do found.append(
                    {'node': node, 'given': given, 'id': monitor_id_of(node.name, given)}
                ) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{% endmacro %}


{# The dimensions that monitors name: [{dimension, monitor_id, column, relation}]. #}
{% macro evidence_dimensions() %}
    {%- set found = [] -%}
    {%- for monitor in defined_monitors() if monitor.given.get('retro') is mapping -%}
        {%- for column in monitor.given.retro.get('by') or [] -%}
            {%- do found.append({
                'dimension': monitor.id ~ '.' ~ column,
                'monitor_id': monitor.id,
                'column': column,
                'relation': api.Relation.create(
                    database=monitor.node.database, schema=monitor.node.schema,
                    identifier=monitor.node.alias
                ),
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}


{# Those whose event table has the column: a monitor that has not run since names it in vain. #}
{% macro built_evidence_dimensions() %}
    {%- set found = [] -%}
    {%- for one in evidence_dimensions() -%}
        {%- set relation = load_cached_relation(one.relation) -%}
        {%- if relation is not none -%}
            {%- for column in adapter.get_columns_in_relation(relation)
                if column.name | lower == one.column | lower -%}
                {%- do found.append(dict(one, stored_as=column.name)) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}
