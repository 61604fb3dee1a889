-- depends_on: {{ ref('int_incidents_built') }}
select {{ text_literal(rules_of_facts()) }} as rules
