"""Benchmark of `opsloop sync` on DuckDB and SQLite; prints JSON lines.

1. 1,000 changed events (500 new, 500 over) beside 100 thousand, 1 million and 10 million unchanged
   ones, in the event table and in the store. Goal: the same time within 20 %.
2. A burst of 200,000 new events without grouping or cap, against the floor: the same rows written
   to the same tables with plain `executemany`. Goal: at most 3 times, and under 500 MB of memory.

Run it as `python benchmarks/bench_sync.py [--sizes 100000 1000000 10000000] [--burst 200000]
[--repeat 5] [--only changed|burst]`.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from opsloop.config import Config, Team  # noqa: E402
from opsloop.service.sync import sync  # noqa: E402
from opsloop.store import Store  # noqa: E402
from opsloop.types import Kind, Monitor, Relation, Severity  # noqa: E402
from opsloop.warehouse import opened  # noqa: E402
from opsloop.warehouse.profile import Target  # noqa: E402

START = datetime(2024, 1, 1, tzinfo=UTC)
CHANGED = 1_000
CHUNK = 20_000
CONFIG = Config(
    teams={"desk": Team(name="desk")},
    maintainers="desk",
    people=frozenset(),
)
MONITOR = Monitor(
    id="mon_bench",
    name="mon_bench",
    kind=Kind.STATE,
    entity="order",
    owner="desk",
    severity=Severity.HIGH,
    title="{customer} waits {days_late} days",
    relation=Relation("main", "mon_bench"),
    max_new_incidents=10**9,
    max_new_incidents_first_run=10**9,
)
WRITTEN = (
    "texts",
    "incidents",
    "events",
    "event_evidence",
    "claims",
    "incident_event_log",
    "incident_log",
)
TABLES = """
create table mon_bench (
    event_id varchar, entity_id varchar, episode bigint, occurred_at timestamp, customer varchar,
    days_late integer, severity varchar, owner varchar, impact double, first_seen_at timestamp,
    ripened_at timestamp, absent_since timestamp, last_seen_at timestamp, runs_seen bigint,
    cleared_at timestamp, cleared_reason varchar, changed_at timestamp, changed_run bigint
);
create table monitor_runs (
    monitor_id varchar, generation varchar, run_number bigint, as_of timestamp,
    completed_at timestamp, status varchar, reason varchar, message varchar, firing_rows bigint,
    population bigint, rejected_rows bigint
);
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


def in_child(work: Callable[..., Any], *args: Any) -> Any:
    """Return what `work` returns in a fresh process, so that its memory is its own."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(work, args)


def insert_events(
    connection: duckdb.DuckDBPyConnection, run: int, first: int, count: int, *, is_over: bool
) -> None:
    """Write event rows that a run changed last."""
    at = f"timestamp '{START + timedelta(hours=run):%Y-%m-%d %H:%M:%S}'"
    cleared_at = f"{at} - interval 30 minute" if is_over else "null"
    connection.execute(
        f"""insert into mon_bench
        select md5('order-' || i), 'order-' || i, 1, {at} - interval 1 hour, 'customer ' || i % 997,
            i % 30, null, null, i % 1000, {at} - interval 1 hour, {at} - interval 1 hour, null,
            null, null, {cleared_at}, {"'condition_cleared'" if is_over else "null"}, {at}, {run}
        from range({first}, {first + count}) as numbers (i)
        order by md5('order-' || i)"""
    )


def insert_run(connection: duckdb.DuckDBPyConnection, run: int) -> datetime:
    """Write the row that completes a run; returns its as_of."""
    as_of = START + timedelta(hours=run)
    connection.execute(
        "insert into monitor_runs values ('mon_bench', 'g', ?, ?, ?, 'ok', null, null, 0, 0, 0)",
        [run, as_of.replace(tzinfo=None), as_of.replace(tzinfo=None)],
    )
    return as_of


@dataclass(frozen=True)
class Cost:
    """What something took: seconds of wall clock and of this process, and peak memory in MB."""

    wall: float
    cpu: float
    memory: int


@contextmanager
def measured(costs: list[Cost]) -> Iterator[None]:
    """Add what the block takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    costs.append(Cost(time.perf_counter() - wall, time.process_time() - cpu, peak_memory()))


def peak_memory() -> int:
    """Return the most memory that this process had, in MB.

    Linux lets ru_maxrss of a started process begin with its parent's, so the kernel's own
    high-water mark is read where there is one.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        if found:
            return int(found[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def run_sync(home: Path, now: datetime) -> Cost:
    """Return what a sync takes in this process."""
    target = Target("bench", "duckdb", "main", {"path": str(home / "warehouse.duckdb")})
    with Store.open(f"sqlite:///{home}/incidents.db") as store, opened(target) as warehouse:
        costs: list[Cost] = []
        with measured(costs):
            sync(store, warehouse, [MONITOR], CONFIG, now=lambda: now)
    return costs[0]


def bench_burst(home: Path, count: int) -> None:
    """Sync a burst of new events and write the same rows plainly."""
    Store.upgrade(f"sqlite:///{home}/incidents.db")
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute(TABLES)
        insert_events(connection, 1, 0, count, is_over=False)
        now = insert_run(connection, 1)
    cost: Cost = in_child(run_sync, home, now)
    floor: Cost = in_child(write_plainly, home)
    print_metric("burst_sync_seconds", cost.wall, "s", "")
    print_metric("burst_floor_seconds", floor.wall, "s", "")
    print_metric("burst_ratio", cost.wall / floor.wall, "times the floor", "<= 3")
    # the processor's time alone: wall clock depends on what else the machine and its disk do
    print_metric("burst_cpu_ratio", cost.cpu / floor.cpu, "times the floor", "")
    print_metric("burst_memory", cost.memory, "MB", "< 500")


def write_plainly(home: Path) -> Cost:
    """Return what writing the store's rows to the same tables takes, row by row."""
    Store.upgrade(f"sqlite:///{home}/floor.db")
    source = sqlite3.connect(home / "incidents.db")
    rows = {table: source.execute(f"select * from {table}").fetchall() for table in WRITTEN}
    connection = sqlite3.connect(home / "floor.db", isolation_level=None)
    for setting in ("journal_mode = wal", "synchronous = full", "cache_size = -65536"):
        connection.execute(f"pragma {setting}")
    costs: list[Cost] = []
    with measured(costs):
        for table, values in rows.items():
            places = ", ".join("?" * len(values[0]))
            for start in range(0, len(values), CHUNK):
                connection.execute("begin immediate")
                connection.executemany(
                    f"insert into {table} values ({places})", values[start : start + CHUNK]
                )
                connection.execute("commit")
    return costs[0]


def bench_changed(home: Path, unchanged: int, repeat: int) -> list[Cost]:
    """Return what each sync of 1,000 changed events takes beside many unchanged ones."""
    url = f"sqlite:///{home}/incidents.db"
    Store.upgrade(url)
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute(TABLES)
        insert_events(connection, 1, 0, unchanged, is_over=True)
        now = insert_run(connection, 1)
        fill_store(home / "incidents.db", connection)
    half = CHANGED // 2
    timings = []
    for run in range(2, repeat + 3):
        first = unchanged + run * half
        with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
            connection.execute(
                f"""update mon_bench set cleared_at = timestamp '{now:%Y-%m-%d %H:%M:%S}',
                cleared_reason = 'condition_cleared', changed_run = {run}
                where cleared_at is null"""
            )
            insert_events(connection, run, first, half, is_over=False)
            now = insert_run(connection, run)
        timings.append(in_child(run_sync, home, now + timedelta(minutes=1)))
    return timings[1:]  # the first had nothing to clear


def fill_store(path: Path, warehouse: duckdb.DuckDBPyConnection) -> None:
    """Write the warehouse's events to the store as a sync that is long over has left them."""
    store = sqlite3.connect(path, isolation_level=None)
    for setting in ("synchronous = off", "journal_mode = off"):  # a crash may lose it
        store.execute(f"pragma {setting}")
    store.execute("pragma cache_size = -1000000")
    store.execute("begin")
    indexes = store.execute(
        "select name, sql from sqlite_master where type = 'index' and sql is not null"
    ).fetchall()
    for name, _ in indexes:
        store.execute(f"drop index {name}")
    moment = f"{START:%Y-%m-%d %H:%M:%S.%f}"
    key = "'[\"' || entity_id || '\"]'"
    numbered = "row_number() over (order by event_id)"
    incident = f"1 + ({numbered} - 1) // 100"  # a hundred events each
    shared = f"""event_id, 'mon_bench', entity_id, {key}, {incident}, 'attached', false, 'high',
        impact, '{moment}', '{moment}', '{moment}', 'condition_cleared'"""
    for statement, select in (
        (
            """insert into events (event_id, monitor_id, entity_id, group_key, incident_id,
            disposition, firing, severity, impact, occurred_at, started_at, cleared_at,
            cleared_reason, is_lost) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            f"select {shared}, false",
        ),
        (
            """insert into incident_event_log (event_id, monitor_id, entity_id, group_key,
            incident_id, disposition, firing, severity, impact, occurred_at, started_at, cleared_at,
            cleared_reason, log_id, batch_id, recorded_at, change)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            f"select {shared}, 'e' || {numbered}, 'b', '{moment}', 'cleared'",
        ),
        (
            """insert into event_evidence (event_id, evidence, impact, refreshed_at)
            values (?, ?, ?, ?)""",
            f"""select event_id, cast(json_object('customer', customer, 'days_late', days_late)
            as varchar), impact, '{moment}'""",
        ),
    ):
        cursor = warehouse.execute(f"{select} from mon_bench order by event_id")
        store.executemany(statement, _rows(cursor))
    total = store.execute("select max(incident_id) from events").fetchone()[0]
    fill_incidents(store, total, moment)
    for _, sql in indexes:
        store.execute(sql)
    store.execute("commit")
    store.execute("pragma journal_mode = wal")
    store.execute("analyze")
    store.close()


def fill_incidents(store: sqlite3.Connection, total: int, moment: str) -> None:
    """Write incidents that were opened and resolved long ago."""
    numbers = [(number,) for number in range(1, total + 1)]
    values = {
        "decision_version": "1",
        "monitor_id": "'mon_bench'",
        "is_flood": "0",
        "state": "'resolved'",
        "severity": "'high'",
        "resolution_code": "'cleared_by_itself'",
        "opened_at": f"'{moment}'",
        "resolved_at": f"'{moment}'",
        "all_clear_at": f"'{moment}'",
        "events_total": "100",
        "events_firing": "0",
        "version": "1",
    }
    projected = values | {
        "reopened_count": "0",
        "escalations_total": "0",
        "escalations_open": "0",
        "updated_at": f"'{moment}'",
    }
    logged = values | {
        "log_id": "'i' || ?1",
        "batch_id": "'b'",
        "action": "'opened'",
        "recorded_at": f"'{moment}'",
        "effective_at": f"'{moment}'",
        "actor_kind": "'sync'",
        "actor_id": "'mon_bench'",
        "via": "'sync'",
    }
    for table, columns in (("incidents", projected), ("incident_log", logged)):
        store.executemany(
            f"insert into {table} (incident_id, {', '.join(columns)})"
            f" values (?1, {', '.join(columns.values())})",
            numbers,
        )
    store.execute("update counters set value = ?", (total,))
    cursor = ("mon_bench", "g", 1, 1, moment)
    store.execute(
        "insert into cursors (monitor_id, generation, first_run, applied_run, synced_at)"
        " values (?, ?, ?, ?, ?)",
        cursor,
    )


def _rows(cursor: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while rows := cursor.fetchmany(CHUNK):
        yield from rows


def main() -> None:
    """Run the benchmarks that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--burst", type=int, default=200_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--only", choices=["changed", "burst"])
    args = parser.parse_args()
    if args.only != "burst":
        costs = {}
        for size in args.sizes:
            with tempfile.TemporaryDirectory(prefix="opsloop-bench-") as home:
                costs[size] = bench_changed(Path(home), size, args.repeat)
            wall = statistics.median(cost.wall for cost in costs[size])
            print_metric(f"sync_1000_changed_beside_{size}", wall, "s", "")
        for kind, goal in (("wall", "<= 1.2"), ("cpu", "")):
            medians = [
                statistics.median(getattr(cost, kind) for cost in costs[size])
                for size in args.sizes
            ]
            spread = max(medians) / min(medians)
            print_metric(f"sync_spread_{kind}", spread, "times the fastest", goal)
    if args.only != "changed":
        with tempfile.TemporaryDirectory(prefix="opsloop-bench-") as home:
            bench_burst(Path(home), args.burst)


if __name__ == "__main__":
    main()
