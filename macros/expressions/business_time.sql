{#
    A SELECT of all columns of `spans`, and the open seconds between two moments of each row as
    opsloop/calendars.py counts them.

    Each moment is looked up by bisection, without any index on the calendars: a million rows take
    about a second on DuckDB and on Postgres.
#}
{% macro business_seconds(spans, calendars, starts_at, ends_at) %}
    {{- return(
        adapter.dispatch('business_seconds', 'opsloop')(spans, calendars, starts_at, ends_at)
    ) -}}
{% endmacro %}

{# width_bucket bisects a sorted array. #}
{% macro default__business_seconds(spans, calendars, starts_at, ends_at) %}
{%- set open_s = [] -%}
{%- for column in [ends_at, starts_at] -%}
    {%- set moment = "date_trunc('second', spans." ~ column ~ ")" -%}
    {%- set place = '[width_bucket(' ~ moment ~ ', hours.starts_at)]' -%}
    {%- set _ = open_s.append(open_seconds(
        moment, 'hours.starts_at' ~ place, 'hours.ends_at' ~ place, 'hours.open_before_s' ~ place
    )) -%}
{%- endfor -%}
select
    spans.*,
    {{ open_s | join(' - ') }} as business_seconds
from {{ spans }} as spans
left join (
    select
        calendar_version,
        calendar,
        array_agg(starts_at order by starts_at) as starts_at,
        array_agg(ends_at order by starts_at) as ends_at,
        array_agg(open_before_s order by starts_at) as open_before_s,
        max(ends_at) as known_until
    from {{ calendars }}
    group by calendar_version, calendar
) as hours
    on
        spans.calendar_version = hours.calendar_version
        and spans.calendar = hours.calendar
{% endmacro %}

{% macro duckdb__business_seconds(spans, calendars, starts_at, ends_at) %}
{%- set open_s = [] -%}
{%- for place, column in [('later', ends_at), ('earlier', starts_at)] -%}
    {%- set _ = open_s.append(open_seconds(
        "date_trunc('second', spans." ~ column ~ ")",
        place ~ '.starts_at', place ~ '.ends_at', place ~ '.open_before_s'
    )) -%}
{%- endfor -%}
select
    spans.*,
    {{ open_s | join(' - ') }} as business_seconds
from {{ spans }} as spans
left join (
    select
        calendar_version,
        calendar,
        max(ends_at) as known_until
    from {{ calendars }}
    group by calendar_version, calendar
) as hours
    on
        spans.calendar_version = hours.calendar_version
        and spans.calendar = hours.calendar
{%- for place, column in [('earlier', starts_at), ('later', ends_at)] %}
asof left join {{ calendars }} as {{ place }}
    on
        spans.calendar_version = {{ place }}.calendar_version
        and spans.calendar = {{ place }}.calendar
        and spans.{{ column }} >= {{ place }}.starts_at
{%- endfor %}
{% endmacro %}


{# Open seconds from the calendar's first moment to this one, from the last interval before it. #}
{% macro open_seconds(moment, starts_at, ends_at, open_before_s) %}
    {{- return(
        'case when ' ~ moment ~ ' <= hours.known_until then ' ~ open_before_s
        ~ ' + cast(extract(epoch from (least(' ~ moment ~ ', ' ~ ends_at ~ ') - ' ~ starts_at
        ~ ')) as bigint) end'
    ) -}}
{% endmacro %}
