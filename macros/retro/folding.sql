{# The fold of a sparse log: a column that a row leaves null is unchanged. #}

{# The value that the last row (by `version`) with a value set; an aggregate. #}
{% macro last_known(column, version='version') -%}
    {{ adapter.dispatch('last_known', 'opsloop')(column, version) }}
{%- endmacro %}

{% macro default__last_known(column, version) -%}
    (array_agg({{ column }} order by {{ version }} desc) filter (where {{ column }} is not null))[1]
{%- endmacro %}

{% macro duckdb__last_known(column, version) -%}
    arg_max({{ column }}, {{ version }})
{%- endmacro %}


{# The value that the first row (by `version`) with a value set; an aggregate. #}
{% macro first_known(column, version='version') -%}
    {{ adapter.dispatch('first_known', 'opsloop')(column, version) }}
{%- endmacro %}

{% macro default__first_known(column, version) -%}
    (array_agg({{ column }} order by {{ version }}) filter (where {{ column }} is not null))[1]
{%- endmacro %}

{% macro duckdb__first_known(column, version) -%}
    arg_min({{ column }}, {{ version }})
{%- endmacro %}


{#
    A text column's value after the fold of all rows up to a row. `window` names a window of one
    incident's rows in the order of `version`.
#}
{% macro carried(column, window) -%}
    {{ adapter.dispatch('carried', 'opsloop')(column, window) }}
{%- endmacro %}

{# Without `ignore nulls` in the engine: the last value set is the greatest behind its version. #}
{% macro default__carried(column, window) -%}
    substr(max(lpad(cast(version as text), 10, '0') || {{ column }}) over {{ window }}, 11)
{%- endmacro %}

{% macro duckdb__carried(column, window) -%}
    last_value({{ column }} ignore nulls) over {{ window }}
{%- endmacro %}


{#
    When a row of the log says that it happened: one that states its milestone is believed. `row` is
    the alias of rows of the staged log, needed where others are joined.
#}
{% macro stated_at(row='') -%}
    {%- set of = row ~ '.' if row else '' -%}
    coalesce(
        case
            when {{ of }}action = 'opened' then {{ of }}opened_at
            when {{ of }}state = 'resolved' then {{ of }}resolved_at
            when {{ of }}state = 'closed' then {{ of }}closed_at
        end,
        {{ of }}effective_at
    )
{%- endmacro %}


{#
    Whether a row of an imported log says that a case ended without saying when: the import's own
    word for it, which nobody did. `row` is the alias of rows of the mirrored log.
#}
{% macro is_end_without_moment(row) -%}
    (
        {{ row }}.source is not null
        and coalesce({{ row }}.state = 'resolved', false)
        and coalesce({{ row }}.rule_id = 'implied', false)
        and {{ row }}.resolved_at is null
    )
{%- endmacro %}
