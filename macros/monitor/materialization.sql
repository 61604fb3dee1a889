{# The monitor materialization: a SELECT's rows become events with an identity and a history.

One transaction per run: the event table's changes, the rejects, and last the row of monitor_runs
that tells every reader that the run is complete. An unchanged run is four statements: the firing
set, its columns, the state with the difference's counts, the run's row (and a lock on Postgres).
Only a run that changes something materialises the difference. #}
{% materialization monitor, default, supported_languages=['sql'] %}
    {%- do monitor_refuse_partial_input() -%}
    {%- set monitor = monitor_definition() -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- set existing = monitor_existing_table(monitor) -%}
    {%- set relation = this.incorporate(type='table') -%}
    {%- do monitor_lock(existing) -%}
    {%- set columns = monitor_select_firing(monitor_places(monitor, existing)) -%}
    {%- do monitor_raise(monitor_column_faults(monitor, columns.firing)) -%}
    {%- if existing is none -%}
        {%- set stored = monitor_create_table(relation, monitor, columns.firing) -%}
    {%- else -%}
        {%- set stored = monitor_fit_table(relation, monitor, columns.events, columns.firing) -%}
    {%- endif -%}

    {%- set plan = monitor_plan(monitor, relation, stored, columns, existing is none) -%}
    {%- set run = monitor_decide_run(plan) -%}
    {%- do persist_docs(relation, model) -%}
    {%- do apply_grants(relation, config.get('grants'), should_revoke=existing is not none) -%}
    {%- do monitor_write(plan, run) -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {%- do monitor_report(run) -%}
    {{ return({'relations': [relation]}) }}
{% endmaterialization %}


{# An empty or sampled input looks like a world without exceptions and would clear the queue. #}
{% macro monitor_refuse_partial_input() %}
    {%- for name, given in [('--empty', flags.EMPTY), ('--sample', is_sampled())] if given -%}
        {{ exceptions.raise_compiler_error(
            "monitor '" ~ model.name ~ "': " ~ name ~ ' is refused, since rows that are left out '
            ~ 'would count as cleared: build without it, or `--exclude config.materialized:monitor`'
        ) }}
    {%- endfor -%}
{% endmacro %}


{# Whether dbt reads a sample of its inputs; `flags` does not tell. #}
{% macro is_sampled() %}
    {{ return(invocation_args_dict.get('sample') is not none) }}
{% endmacro %}


{% macro monitor_lock(existing) %}
    {%- set lock_sql = lock_table_sql(existing) if existing is not none else '' -%}
    {%- if lock_sql -%}
        {%- call statement('lock') -%}{{ lock_sql }}{%- endcall -%}
    {%- endif -%}
{% endmacro %}


{# The tables whose columns a run needs to know. #}
{% macro monitor_places(monitor, existing) %}
    {%- set places = {'firing': scratch_table('firing')} -%}
    {%- if existing is not none -%}{%- do places.update({'events': existing}) -%}{%- endif -%}
    {%- if monitor.population.get('updated_at') -%}
        {%- do places.update({'population': ref(monitor.population.model)}) -%}
    {%- endif -%}
    {{ return(places) }}
{% endmacro %}


{# Write what changed, and nothing else; the run's row last. #}
{% macro monitor_write(plan, run) %}
    {%- if run.rejected or run.changed or run.absent or run.appeared -%}
        {%- call statement('diff') -%}
            {{ create_scratch_table('diff', monitor_diff_sql(plan)) }}
        {%- endcall -%}
    {%- endif -%}
    {%- set writes = [
        ('rejects', run.rejected, monitor_insert_rejects_sql),
        ('changed', run.changed, monitor_update_changed_sql),
        ('absent', run.absent, monitor_update_absent_sql),
        ('appeared', run.appeared, monitor_insert_appeared_sql),
    ] -%}
    {%- for name, count, sql in writes if count -%}
        {%- call statement(name) -%}{{ sql(plan, run) }}{%- endcall -%}
    {%- endfor -%}
    {%- call statement('run') -%}{{ monitor_insert_run_sql(plan, run) }}{%- endcall -%}
{% endmacro %}


{# What dbt prints for this model: the figures of the run. #}
{% macro monitor_report(run) %}
    {%- set summary = run.firing ~ ' firing, ' ~ run.appeared ~ ' appeared, ' ~ run.changed
        ~ ' changed, ' ~ run.cleared ~ ' cleared' -%}
    {%- if run.rejected -%}
        {%- set summary = summary ~ ', ' ~ run.rejected ~ ' rejected' -%}
    {%- endif -%}
    {%- if run.held -%}{%- set summary = 'HELD ' ~ summary -%}{%- endif -%}
    {%- do store_raw_result('main', message=summary, code='MONITOR', rows_affected=run.firing) -%}
    {%- if run.held -%}
        {%- do exceptions.warn("monitor '" ~ model.name ~ "': " ~ run.hold.message) -%}
    {%- endif -%}
{% endmacro %}


{% macro monitor_log(message) %}
    {%- do log("monitor '" ~ model.name ~ "': " ~ message, info=true) -%}
{% endmacro %}
