{# monitor_runs: what a run needs to know of the runs before it, and the row that commits it. #}

{# Run number, the last good run, population, staleness and the difference, in one query. #}
{% macro monitor_state_sql(plan, is_new_table) %}
{%- set fresh_within = plan.monitor.fresh_within -%}
with runs as (
    select * from {{ system_table('monitor_runs') }}
    where monitor_id = {{ text_literal(plan.monitor.id) }}
),

complete_runs as (
    {#- a new table starts a new generation, with nothing to compare with #}
    select * from runs
    where status in ('ok', 'held'){{ ' and 1 = 0' if is_new_table }}
),

last_run as (
    select * from complete_runs
    where run_number = (select max(run_number) from complete_runs)
),

last_good_run as (
    select * from complete_runs
    where run_number = (select max(run_number) from complete_runs where status = 'ok')
),

counted_runs as (
    {{ monitor_counted_runs(plan.monitor.id) }}
),

population as (
    {{ monitor_population_sql(plan) }}
),

difference as (
    select
        {%- for name, condition in monitor_counted_changes().items() %}
        count(case when {{ condition }} then 1 end) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ scratch_table('diff') }}
)

select
    (select coalesce(max(run_number), 0) + 1 from runs) as run_number,
    (select coalesce(max(ordinal), 0) from counted_runs) as last_ordinal,
    last_run.generation,
    last_run.checksum,
    {{ text_of('last_run.as_of') }} as last_as_of,
    case when last_run.as_of > {{ as_of() }} then 1 else 0 end as is_too_early,
    case when last_run.as_of = {{ as_of() }} then 1 else 0 end as is_rerun,
    last_good_run.population as last_population,
    population.population,
    {{ text_of('population.data_updated_at') }} as data_updated_at,
    {% if fresh_within -%}
    case
        when population.data_updated_at >= {{
            timestamp_literal(as_of_time() - fresh_within.time) }} then 0
        else 1
    end
    {%- else -%}
    0
    {%- endif %} as is_stale,
    (select count(*) from {{ scratch_table('firing') }}) as selected,
    {%- for name in monitor_counted_changes() %}
    difference.{{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from population
cross join difference
left join last_run on 1 = 1
left join last_good_run on 1 = 1
{% endmacro %}


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
{% macro monitor_decide_run(plan, is_new_table) %}
    {%- call statement('state', fetch_result=true) -%}
        {{ monitor_state_sql(plan, is_new_table) }}
    {%- endcall -%}
    {%- set state = load_result('state').table.rows[0] -%}
    {%- if state['is_too_early'] -%}
        {{ exceptions.raise_compiler_error(
            "monitor '" ~ model.name ~ "': as_of " ~ as_of_time() ~ ' is before the last run at '
            ~ state['last_as_of'] ~ ': replay the past into an empty schema (OPSLOOP_SCHEMA)'
        ) }}
    {%- endif -%}
    {%- set hold = monitor_hold(plan, state) -%}
    {%- set is_same_rule = state['checksum'] in [none, plan.checksum] -%}
    {{ return({
        'number': state['run_number'] | int,
        'generation': state['generation'] or invocation_id,
        'last_ordinal': state['last_ordinal'] | int,
        'ordinal': (state['last_ordinal'] | int) + (0 if state['is_rerun'] else 1),
        'last_as_of': 'cast(' ~ text_literal(state['last_as_of']) ~ ' as timestamp)',
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
    {%- set before = state['last_population'] -%}
    {%- if before is not none and state['population'] * 2 < before
        and not monitor_accepts_population(plan.monitor.id) -%}
        {{ return({
            'reason': 'population_drop',
            'message': 'clears are held: the population fell from ' ~ before | int ~ ' to '
                ~ state['population'] | int ~ '; if that is right, run once with '
                ~ 'OPSLOOP_ACCEPT_POPULATION=' ~ plan.monitor.id,
        }) }}
    {%- endif -%}
    {%- if state['is_stale'] -%}
        {{ return({
            'reason': 'stale_data',
            'message': 'clears are held: the data is from '
                ~ (state['data_updated_at'] or 'no known time')
                ~ ', older than fresh_within: load ' ~ plan.monitor.population.model,
        }) }}
    {%- endif -%}
    {{ return({'reason': none, 'message': none}) }}
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
    {{ as_of() }},
    {{ timestamp_literal(plan.started_at) }},
    {{ timestamp_literal(modules.datetime.datetime.utcnow()) }},
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
