{# The moment this run looks at, as a naive UTC datetime: OPSLOOP_AS_OF, or when dbt started. #}
{% macro as_of_time() %}
    {%- set given = env_var('OPSLOOP_AS_OF', '') | trim -%}
    {%- if not given -%}
        {{ return(run_started_at.replace(tzinfo=none, microsecond=0)) }}
    {%- endif -%}
    {%- set date = '\\d{4}-\\d{2}-\\d{2}' -%}
    {%- set time = '[ T]\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,6})?)?( ?(Z|[+-]\\d{2}:?\\d{2}))?' -%}
    {%- if not modules.re.fullmatch(date ~ '(' ~ time ~ ')?', given) -%}
        {{ exceptions.raise_compiler_error(
            "OPSLOOP_AS_OF is '" ~ given ~ "': write a UTC time such as 2024-05-31 06:00:00"
        ) }}
    {%- endif -%}
    {%- set moment = modules.datetime.datetime.fromisoformat(given | replace(' Z', 'Z')) -%}
    {%- if moment.tzinfo is not none -%}
        {%- set moment = moment.astimezone(modules.pytz.utc).replace(tzinfo=none) -%}
    {%- endif -%}
    {{ return(moment) }}
{% endmacro %}


{# Replaces current_timestamp everywhere. Read under `execute`, so that partial parsing survives. #}
{% macro as_of() %}
    {%- if not execute -%}{{ return('cast(null as timestamp)') }}{%- endif -%}
    {{ return(timestamp_literal(as_of_time())) }}
{% endmacro %}


{# The wall clock, as a naive UTC datetime: for when a run started and ended, and nothing else. #}
{% macro utc_now() %}
    {{ return(modules.datetime.datetime.now(modules.pytz.utc).replace(tzinfo=none)) }}
{% endmacro %}
