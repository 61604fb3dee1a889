{# Durations are mappings, {minutes: 30} or {runs: 3}; a text such as "30m" is refused. #}

{# {'runs': n} or {'time': timedelta}; none when nothing is asked for. #}
{% macro monitor_duration(given) %}
    {%- if not given -%}{{ return(none) }}{%- endif -%}
    {%- if 'runs' in given -%}{{ return({'runs': given.runs}) }}{%- endif -%}
    {{ return({'time': modules.datetime.timedelta(
        minutes=given.get('minutes', 0), hours=given.get('hours', 0), days=given.get('days', 0)
    )}) }}
{% endmacro %}


{% macro monitor_duration_faults(given) %}
    {%- set words = monitor_words() -%}
    {%- set faults = [] -%}
    {%- for key in words.durations if given.get(key) is not none -%}
        {%- set units = ['minutes', 'hours', 'days'] -%}
        {%- set example = '{minutes: 30}' -%}
        {%- if key in words.countable -%}
            {%- set units = ['runs'] + units -%}
            {%- set example = '{runs: 3} or {minutes: 30}' -%}
        {%- endif -%}
        {%- if not monitor_duration_is_sound(given[key], units) -%}
            {%- do faults.append(
                'meta.monitor.' ~ key ~ " is '" ~ given[key] ~ "': write " ~ example ~ ', of '
                ~ units | join(', ') ~ ', with a number above 0'
            ) -%}
        {%- elif key in words.countable and given.get('kind') == 'event' -%}
            {%- do faults.append(
                'meta.monitor.' ~ key ~ ' means nothing for kind event, which never clears:'
                ~ ' remove it'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(faults) }}
{% endmacro %}


{% macro monitor_duration_is_sound(duration, units) %}
    {%- if duration is not mapping or not duration -%}{{ return(false) }}{%- endif -%}
    {%- for unit, count in duration.items() -%}
        {%- if unit not in units or count is not number or count is boolean or count <= 0 -%}
            {{ return(false) }}
        {%- endif -%}
    {%- endfor -%}
    {%- if 'runs' in duration -%}
        {{ return(duration | length == 1 and duration.runs is integer) }}
    {%- endif -%}
    {{ return(true) }}
{% endmacro %}


{# The latest start that is long enough ago at this run: `start <= this` means the time is over. #}
{% macro monitor_time_is_over_at(duration, statuses) %}
    {%- if duration is none -%}{{ return(as_of()) }}{%- endif -%}
    {%- if 'time' in duration -%}
        {{ return(timestamp_literal(as_of_time() - duration.time)) }}
    {%- endif -%}
    {%- if duration.runs == 1 -%}{{ return(as_of()) }}{%- endif -%}
    {#- reruns of one moment count once, and this run is the last of the n #}
    {{ return(
        "(select distinct as_of from " ~ system_table('monitor_runs') ~ " where monitor_id = "
        ~ text_literal(monitor_id_of(model.name, model.config.meta.monitor))
        ~ " and status in ('" ~ statuses | join("', '") ~ "') and as_of < " ~ as_of()
        ~ " order by as_of desc limit 1 offset " ~ (duration.runs - 2) ~ ")"
    ) }}
{% endmacro %}
