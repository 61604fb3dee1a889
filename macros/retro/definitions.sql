{# What the monitors' definitions say, where figures need it. #}

{# The monitors of this project that name no runbook: a relation with the column `monitor_id`. #}
{% macro monitors_without_runbook() -%}
    {%- set found = [] -%}
    {%- for monitor in defined_monitors()
        if monitor is mapping and not monitor.given.get('runbook') -%}
        {%- do found.append('(' ~ text_literal(monitor.id) ~ ')') -%}
    {%- endfor -%}
    {%- if found -%}
        (values {{ found | join(', ') }}) as without_runbook (monitor_id)
    {%- else -%}
        (select cast(null as {{ dbt.type_string() }}) as monitor_id where 1 = 0) as without_runbook
    {%- endif -%}
{%- endmacro %}


{#
    Whether a monitor is of kind `event`: what it finds has happened and never clears, so that no
    value at the end says what was recovered.
#}
{% macro never_clears(monitor_id) -%}
    {%- set found = [] -%}
    {%- for monitor in defined_monitors() if monitor.given.get('kind') == 'event' -%}
        {%- do found.append(text_literal(monitor.id)) -%}
    {%- endfor -%}
    {%- if found -%}
        coalesce({{ monitor_id }} in ({{ found | join(', ') }}), false)
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}
