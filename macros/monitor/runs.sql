{# monitor_runs: what a run needs to know of the runs before it, and the row that commits it. #}

{# Run number, the last good run, population, staleness and the difference, in one query. #}
{% macro monitor_state_sql(plan) %}
{%- set runs = system_table('monitor_runs') -%}
{#- a new table starts a new generation, with nothing to compare with #}
{%- set is_complete = '1 = 0' if plan.is_new_table else "status in ('ok', 'held')" -%}
{%- set is_good = '1 = 0' if plan.is_new_table else "status = 'ok'" -%}
select
    runs.*,
    population.*,
    changes.*,
    selected.selected
from (
    select
        coalesce(max(run_number), 0) + 1 as run_number,
        {{ latest('generation', 'run_number', is_complete) }} as generation,
        {{ latest('checksum', 'run_number', is_complete) }} as checksum,
        {{ text_of(latest('as_of', 'run_number', is_complete)) }} as last_as_of,
        {{ latest('population', 'run_number', is_good) }} as last_population
    from {{ runs }}
    where monitor_id = {{ text_literal(plan.monitor.id) }}
) as runs
cross join ({{ monitor_population_sql(plan) }}) as population
cross join (
    select
        {%- for name, condition in monitor_counted_changes().items() %}
        count(case when {{ condition }} then 1 end) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from ({{ monitor_diff_sql(plan) }}) as diff
) as changes
cross join (select count(*) as selected from {{ plan.firing }}) as selected
{% endmacro %}


{# The kinds of change, and what each row of the difference counts for. #}
{% macro monitor_counted_changes() %}
    {{ return({
        'rejected': "opsloop_change = 'rejected'",
        'appeared': "opsloop_change = 'appeared'",
        'changed': "opsloop_change = 'changed'",
        'newly_absent': "opsloop_change = 'absent' and not opsloop_was_absent",
        'clearable': "opsloop_change = 'absent' and opsloop_may_clear",
    }) }}
{% endmacro %}


{# Read the state and decide: the run's number, whether clears are held, what to write. #}
{% macro monitor_decide_run(plan) %}
    {%- call statement('state', fetch_result=true) -%}
        {{ monitor_state_sql(plan) }}
    {%- endcall -%}
    {%- set state = load_result('state').table.rows[0] -%}
    {%- if state['generation'] is none and not plan.is_new_table -%}
        {%- do monitor_raise([
            plan.events ~ " holds events of another id than '" ~ plan.monitor.id ~ "', which has"
            ~ ' no complete run: undo the change of meta.monitor.id, or drop the table (cascade)'
            ~ ' to begin anew'
        ]) -%}
    {%- endif -%}
    {%- set last_as_of = monitor_moment(state['last_as_of']) -%}
    {%- if last_as_of is not none and last_as_of > as_of_time() -%}
        {{ exceptions.raise_compiler_error(
            "monitor '" ~ model.name ~ "': as_of " ~ as_of_time() ~ ' is before the last run at '
            ~ last_as_of ~ ': replay the past into an empty schema (OPSLOOP_SCHEMA)'
        ) }}
    {%- endif -%}
    {%- set hold = monitor_hold(plan, state) -%}
    {%- set is_same_rule = state['checksum'] in [none, plan.checksum] -%}
    {{ return({
        'number': state['run_number'] | int,
        'generation': state['generation'] or invocation_id,
        'is_rerun': last_as_of == as_of_time(),
        'last_as_of': timestamp_literal(last_as_of),
        'reason': 'condition_cleared' if is_same_rule else 'rule_changed',
        'held': hold.reason is not none,
        'hold': hold,
        'firing': (state['selected'] | int) - (state['rejected'] | int),
        'rejected': state['rejected'] | int,
        'appeared': state['appeared'] | int,
        'changed': state['changed'] | int,
        'absent': (state['newly_absent'] if hold.reason else
                   state['newly_absent'] + state['clearable']) | int,
        'cleared': 0 if hold.reason else state['clearable'] | int,
        'population': state['population'],
        'data_updated_at': state['data_updated_at'],
    }) }}
{% endmacro %}


{# A truncated or stale load must not close the queue: {reason, message}, or none in both. #}
{% macro monitor_hold(plan, state) %}
    {#- without a population, also one that a run had before, there is nothing to compare #}
    {%- set before = state['last_population'] if plan.monitor.population else none -%}
    {%- if before is not none and state['population'] * 2 < before
        and not monitor_accepts_population(plan.monitor.id) -%}
        {{ return({
            'reason': 'population_drop',
            'message': 'clears are held: the population fell from ' ~ before | int ~ ' to '
                ~ state['population'] | int ~ '; if that is right, run once with '
                ~ 'OPSLOOP_ACCEPT_POPULATION=' ~ plan.monitor.id,
        }) }}
    {%- endif -%}
    {%- if monitor_is_stale(plan.monitor.fresh_within, state['data_updated_at']) -%}
        {{ return({
            'reason': 'stale_data',
            'message': 'clears are held: the data is from '
                ~ (state['data_updated_at'] or 'no known time')
                ~ ', older than fresh_within: load ' ~ plan.monitor.population.model,
        }) }}
    {%- endif -%}
    {{ return({'reason': none, 'message': none}) }}
{% endmacro %}


{# Data older than it may be; data of no known time is stale too. #}
{% macro monitor_is_stale(fresh_within, data_updated_at) %}
    {%- if fresh_within is none -%}{{ return(false) }}{%- endif -%}
    {%- set updated_at = monitor_moment(data_updated_at) -%}
    {{ return(updated_at is none or updated_at < as_of_time() - fresh_within.time) }}
{% endmacro %}


{# A moment from the engine's text of it; none stays none. #}
{% macro monitor_moment(text) %}
    {{ return(modules.datetime.datetime.fromisoformat(text) if text is not none else none) }}
{% endmacro %}


{# Somebody looked and says that a population that fell is right: ids of monitors, or `all`. #}
{% macro monitor_accepts_population(monitor_id) %}
    {%- set accepted = env_var('OPSLOOP_ACCEPT_POPULATION', '').split(',') | map('trim') | list -%}
    {{ return('all' in accepted or monitor_id in accepted) }}
{% endmacro %}


{# The commit marker, written last. #}
{% macro monitor_insert_run_sql(plan, run) %}
insert into {{ system_table('monitor_runs') }} (
    monitor_id, generation, run_number, as_of, started_at, completed_at, status, reason, message,
    firing_rows, appeared, changed, cleared, population, rejected_rows, data_updated_at, checksum,
    invocation_id
)
values (
    {{ text_literal(plan.monitor.id) }},
    {{ text_literal(run.generation) }},
    {{ run.number }},
    {{ plan.as_of }},
    {{ timestamp_literal(plan.started_at) }},
    {{ timestamp_literal(utc_now()) }},
    {{ text_literal('held' if run.held else 'ok') }},
    {{ text_literal(run.hold.reason) }},
    {{ text_literal(run.hold.message) }},
    {{ run.firing }},
    {{ run.appeared }},
    {{ run.changed }},
    {{ run.cleared }},
    {{ number_literal(run.population) }},
    {{ run.rejected }},
    cast({{ text_literal(run.data_updated_at) }} as timestamp),
    {{ text_literal(plan.checksum) }},
    {{ text_literal(invocation_id) }}
)
{% endmacro %}
