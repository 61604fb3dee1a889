"""Benchmark of the process map beside pm4py on the same log; prints JSON lines.

The map's edges with their count, median and total seconds, at 1 and at 10 million events.

* pm4py: reads the events from Parquet (sorted, with nothing but case, activity and moment), then
  `format_dataframe`, `discover_dfg` and `discover_performance_dfg`.
* opsloop: reads the mirrored log in its DuckDB file, as the model `fct_activities` says what an
  activity is, and counts its edges. What that model reads (the staged log and
  `fct_incident_transitions`, which every figure shares) is there; its time is printed too.

Seconds are from reading to the result, without imports; memory is the process's peak, all
included. Both run on two threads at most. Goals: the same counts on every edge, at most half of
pm4py's time, at most a quarter of its memory.

Run it as `python benchmarks/bench_process_map.py [--events 1000000 10000000] [--repeat 3]
[--python ENV/bin/python]`; without an environment that has pm4py, it makes one in a temporary
folder from benchmarks/requirements.txt.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import yaml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

MODEL = "fct_activities"
EVENTS_PER_CASE = 8
# DuckDB's own limit, beyond which it uses the disk, in MB
MEMORY = {1_000_000: 50, 10_000_000: 500}

LOG = """
insert into incident_log by name
with cases as (
    select number as incident_id, 2 + cast(hash(number, 1) % 13 as integer) as events
    from range(1, {cases} + 1) as numbers (number)
),
rows as (
    select
        incident_id,
        version,
        events,
        case
            when version = 1 then 'opened'
            when version = events and hash(incident_id, 2) % 10 < 7 then 'resolved'
            else [
                'taken', 'assigned', 'set_waiting', 'resumed', 'escalated', 'answered', 'updated',
                'commented', 'resolved', 'reopened'
            ][1 + cast(hash(incident_id, version, 3) % 10 as integer)]
        end as action,
        timestamp '2024-01-01' + to_seconds(cast(
            hash(incident_id, 4) % 60000000 + version * 3600 + hash(incident_id, version, 5) % 3600
            as bigint
        )) as effective_at
    from cases, range(1, 15) as versions (version)
    where version <= events
)
select
    row_number() over (order by incident_id, version) as seq,
    incident_id || '-' || version as log_id,
    incident_id || '-' || version as batch_id,
    incident_id,
    version,
    action,
    effective_at as recorded_at,
    effective_at,
    'person' as actor_kind,
    'ada' as actor_id,
    'mon_' || incident_id % 20 as monitor_id,
    case action
        when 'opened' then 'new' when 'taken' then 'active' when 'set_waiting' then 'waiting'
        when 'resumed' then 'active' when 'reopened' then 'active' when 'resolved' then 'resolved'
    end as state,
    case
        when action in ('opened', 'assigned')
            then ['desk', 'night', 'tech'][1 + cast(hash(incident_id, version, 6) % 3 as integer)]
    end as team
from rows
"""

EDGES = """
with activities as ({activities})
select
    activity, next_activity, count(*) as steps,
    percentile_cont(0.5) within group (order by seconds_to_next) as median_seconds,
    sum(seconds_to_next) as total_seconds
from activities group by activity, next_activity
"""

EVENTS_FOR_PM4PY = """
copy (
    select cast(incident_id as varchar) as case_id, activity, happened_at from ({activities})
    order by incident_id, version
) to '{file}'
"""

OPSLOOP = """
import json, sys, time
import duckdb
started = time.perf_counter()
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    connection.execute("set threads = 2; set preserve_insertion_order = false")
    connection.execute(f"set memory_limit = '{sys.argv[3]}MB'")
    connection.execute(f"set temp_directory = '{sys.argv[1]}.spilled'")
    edges = connection.execute(open(sys.argv[2]).read()).fetchall()
print(json.dumps({
    "seconds": time.perf_counter() - started,
    "peak_mb": int(next(
        line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")
    )) / 1024,
    "edges": [edge[:3] for edge in edges if edge[1] not in ("end", "still_open")],
}))
"""

PM4PY = """
import json, sys, time
import pandas, pm4py
started = time.perf_counter()
events = pandas.read_parquet(sys.argv[1])
events = pm4py.format_dataframe(
    events, case_id="case_id", activity_key="activity", timestamp_key="happened_at"
)
edges, _, ends = pm4py.discover_dfg(events)
counted = time.perf_counter()
pm4py.discover_performance_dfg(events)
timed = time.perf_counter()
print(json.dumps({
    "version": pm4py.__version__, "seconds": timed - started, "count_seconds": counted - started,
    "peak_mb": int(next(
        line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")
    )) / 1024,
    "edges": [[*pair, int(count)] for pair, count in edges.items()],
}))
"""


def print_metric(metric: str, value: float, unit: str, goal: str) -> None:
    """Print one figure as a JSON line."""
    line = {
        "metric": metric,
        "value": round(value, 3),
        "unit": unit,
        "goal": goal,
        "cores": os.cpu_count(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
    }
    print(json.dumps(line), flush=True)


class Bench:
    """A warehouse with a mirrored log of so many events, in a directory of its own."""

    def __init__(self, directory: Path, events: int) -> None:
        self.directory = directory
        self.events = events
        self.warehouse = directory / "warehouse.duckdb"

    def prepare(self) -> float:
        """Fill the log and build what the map's model reads; returns the seconds of the build."""
        self._write_project()
        self._dbt("run", "--select", "stg_incident_log")
        with duckdb.connect(str(self.warehouse)) as connection:
            connection.execute(LOG.format(cases=self.events // EVENTS_PER_CASE))
        started = time.perf_counter()
        self._dbt("run", "--select", "fct_incident_transitions")
        seconds = time.perf_counter() - started
        self._dbt("compile", "--select", MODEL)
        return seconds

    @property
    def activities(self) -> str:
        """The model's SQL, as dbt runs it."""
        [compiled] = self.directory.glob(f"target/compiled/**/{MODEL}.sql")
        return compiled.read_text()

    def write_events(self, file: Path) -> int:
        """Write the events as pm4py reads them; returns how many."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            sql = EVENTS_FOR_PM4PY.format(activities=self.activities, file=file)
            return int(connection.execute(sql).fetchall()[0][0])

    def _write_project(self) -> None:
        project = {
            "name": "opsloop",
            "version": "1.0",
            "config-version": 2,
            "profile": "opsloop",
            "model-paths": ["models"],
            "macro-paths": [str(ROOT / "macros")],
            "flags": {"send_anonymous_usage_stats": False},
            "models": {"opsloop": {"+materialized": "table"}},
            "on-run-start": ["{{ create_system_tables() }}"],
        }
        shutil.copytree(ROOT / "models/retro", self.directory / "models/retro")
        (self.directory / "dbt_project.yml").write_text(yaml.safe_dump(project))
        shutil.copy(ROOT / "profiles.yml", self.directory)

    def _dbt(self, *args: str) -> None:
        """Run dbt in a process of its own, whose memory goes with it."""
        program = (
            "import sys; from pathlib import Path; from opsloop.dbt_runner import run_dbt;"
            "result = run_dbt(sys.argv[1:], project_dir=Path('.'));"
            "sys.exit(str(result.failed or result.error) if not result.success else 0)"
        )
        env = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "OPSLOOP_TARGET": "duckdb",
            "OPSLOOP_WAREHOUSE": str(self.warehouse),
            "OPSLOOP_AS_OF": "2027-01-01 00:00:00",
        }
        subprocess.run(
            [sys.executable, "-c", program, *args], cwd=self.directory, env=env, check=True
        )


def measured(command: Sequence[str | Path]) -> dict[str, Any]:
    """Run a program on two threads and return the JSON document that is its last line."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "2")
    ran = subprocess.run(
        [str(part) for part in command],
        env={**os.environ, **threads},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        sys.exit(ran.stderr)
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def environment(directory: Path) -> Path:
    """Make an environment with what this compares with; returns its Python."""
    venv.create(directory, with_pip=True)
    python = directory / "bin/python"
    requirements = ROOT / "benchmarks/requirements.txt"
    install = [python, "-m", "pip", "install", "--quiet", "--requirement", requirements]
    subprocess.run([str(part) for part in install], check=True, stdout=sys.stderr)
    return python


def bench(directory: Path, events: int, repeat: int, python: Path) -> bool:
    """Measure both on one log; returns whether every goal is reached."""
    about = Bench(directory, events)
    shared = about.prepare()
    file = directory / "events.parquet"
    count = about.write_events(file)
    sql = directory / "edges.sql"
    sql.write_text(EDGES.format(activities=about.activities))
    limit = str(MEMORY.get(events, 500))
    ours, theirs = [], []
    for _ in range(repeat):  # in turn, so that a busy machine slows both
        ours.append(measured([sys.executable, "-c", OPSLOOP, about.warehouse, sql, limit]))
        theirs.append(measured([python, "-c", PM4PY, file]))
    is_same = {tuple(edge) for edge in ours[0]["edges"]} == {
        tuple(edge) for edge in theirs[0]["edges"]
    }
    name = f"process map of {count:,} activities"
    seconds, seconds_pm4py = (_median(runs, "seconds") for runs in (ours, theirs))
    memory, memory_pm4py = (max(run["peak_mb"] for run in runs) for runs in (ours, theirs))
    version = theirs[0]["version"]
    print_metric(f"{name}: what all figures share, built by dbt", shared, "s", "for the record")
    print_metric(f"{name}: opsloop", seconds, "s", "for the record")
    print_metric(f"{name}: pm4py {version}", seconds_pm4py, "s", "for the record")
    counting = _median(theirs, "count_seconds")
    print_metric(f"{name}: pm4py {version}, counts alone", counting, "s", "for the record")
    print_metric(f"{name}: opsloop's peak", memory, "MB", "for the record")
    print_metric(f"{name}: pm4py's peak", memory_pm4py, "MB", "for the record")
    print_metric(f"{name}: edges with the same count", is_same, "1 = all", "1")
    print_metric(f"{name}: time against pm4py", seconds / seconds_pm4py, "times", "at most 0.5")
    print_metric(f"{name}: memory against pm4py", memory / memory_pm4py, "times", "at most 0.25")
    return is_same and seconds <= seconds_pm4py / 2 and memory <= memory_pm4py / 4


def _median(runs: Sequence[dict[str, Any]], what: str) -> float:
    return statistics.median(run[what] for run in runs)


def main() -> int:
    """Run the benchmark; returns 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--python", type=Path, help="of an environment that has pm4py")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="opsloop-bench-") as directory:
        python = given.python or environment(Path(directory) / "pm4py")
        reached = []
        for events in given.events:
            own = Path(directory) / f"events-{events}"
            own.mkdir()
            reached.append(bench(own, events, given.repeat, python))
            shutil.rmtree(own)
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
