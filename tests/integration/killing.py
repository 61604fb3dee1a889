"""Work in a process of its own, to be killed in its middle; and what must hold after it."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import duckdb
import sqlalchemy as sa

from opsloop.cli.progress import Silent
from opsloop.service.mirror import mirror
from opsloop.service.publish import publish
from opsloop.service.sync import runs as sync_runs
from opsloop.service.sync import sync
from opsloop.store import Store, schema
from opsloop.store.backup import backup, restore
from opsloop.store.copying import copy
from opsloop.store.engine import Engines
from opsloop.types import Monitor
from opsloop.warehouse import opened
from opsloop.warehouse.profile import Target
from tests.integration.event_tables import CONFIG, EVENT_TABLE, MONITOR_RUNS, hour, late_orders

SINGLES = "mon_singles"
GROUPS = "mon_groups"
FLOODED = "mon_flooded"


def monitors() -> list[Monitor]:
    """Return a burst without a cap, one that shares incidents, and one that floods."""
    cap = {"max_new_incidents": 10**6, "max_new_incidents_first_run": 10**6}
    return [
        late_orders(id=SINGLES, **cap),
        late_orders(id=GROUPS, group_by=("region",), **cap),
        late_orders(id=FLOODED),
    ]


def write_burst(path: Path, count: int) -> None:
    """Write three monitors' event tables, with clears, at two runs."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(MONITOR_RUNS)
        for monitor in monitors():
            name = monitor.id
            connection.execute(EVENT_TABLE.format(table=name, event_key=""))
            connection.execute(
                f"""insert into {name} (event_id, entity_id, episode, occurred_at, region, impact,
                    first_seen_at, ripened_at, cleared_at, cleared_reason, changed_run)
                select md5('{name}' || i), 'E' || i, 1, $at, 'region ' || i % 40, i % 7, $at, $at,
                    case when i % 10 = 0 then $later end,
                    case when i % 10 = 0 then 'condition_cleared' end,
                    case when i % 10 = 0 then 2 else 1 end
                from range({count}) as numbers (i)""",
                {"at": hour(9).replace(tzinfo=None), "later": hour(10).replace(tzinfo=None)},
            )
            for number in (1, 2):
                as_of = hour(8 + number).replace(tzinfo=None)
                connection.execute(
                    """insert into monitor_runs (monitor_id, generation, run_number, as_of,
                    completed_at, status) values (?, 'g', ?, ?, ?, 'ok')""",
                    [name, number, as_of, as_of],
                )


def run_sync(home: Path) -> None:
    """Sync in small chunks, so that there is much between them."""
    sync_runs.FIRST_CHUNK = sync_runs.LARGEST_CHUNK = 100
    with (
        Store.open(f"sqlite:///{home}/incidents.db") as store,
        opened(Target("test", "duckdb", "main", {"path": str(home / "warehouse.duckdb")})) as there,
    ):
        sync(store, there, monitors(), CONFIG, now=lambda: hour(11))


def run_mirror(home: Path) -> None:
    """Mirror the store's logs."""
    target = Target("test", "duckdb", "main", {"path": str(home / "warehouse.duckdb")})
    with (
        Store.open(f"sqlite:///{home}/incidents.db") as store,
        opened(target, read_only=False) as there,
    ):
        mirror(store, there)


def run_publish(home: Path) -> None:
    """Publish once."""
    run_publishes(home, times=1)


def run_publishes(home: Path, times: int = 10_000) -> None:
    """Publish again and again."""
    target = Target("test", "duckdb", "main", {"path": str(home / "warehouse.duckdb")})
    with Store.open(f"sqlite:///{home}/incidents.db") as store, opened(target) as there:
        for number in range(times):
            publish(store, there, home / "serving", now=hour(11) + timedelta(seconds=number))


def _die(*_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DiesAt(Silent):
    """Kills its process at a page of this table, or when this step begins."""

    def __init__(self, where: str) -> None:
        self.where = where

    def begin(self, step: str, total: int | None = None) -> None:
        self.advance(step)

    def advance(self, what: str) -> None:
        if what == self.where:
            _die()


def copy_and_die(source: str, target: str, where: str, _: Path) -> None:
    """Copy a store, and kill the process at a table or step."""
    copy(Engines(source), Engines(target), DiesAt(where))


def backup_and_die(source: str, file: Path) -> None:
    """Begin a backup, and kill the process before it is written."""
    backup(Engines(source), file, DiesAt("Backing up"))


def migrate_and_die(url: str, statement: int, _: Path) -> None:
    """Upgrade a store, and kill the process before this statement; the last one is the commit."""
    engines = Engines(url)
    said = 0

    def count(*_: Any) -> None:
        nonlocal said
        said += 1
        if said == statement:
            _die()

    sa.event.listen(engines.writer, "before_cursor_execute", count)
    sa.event.listen(engines.writer, "commit", count)
    schema.upgrade(engines)


def restore_and_die(file: Path, place: Path) -> None:
    """Restore a backup into a store's file, and kill the process after the first few pages."""

    class Dying(sqlite3.Connection):
        def backup(self, *given: Any, **how: Any) -> None:
            super().backup(*given, pages=5, progress=_die)

    connect = sqlite3.connect
    sqlite3.connect = lambda *given, **how: connect(*given, **{"factory": Dying, **how})
    restore(Engines(f"sqlite:///{place}"), file, Silent(), force=True)


def run_in_child(
    work: Callable[[Path], None],
    home: Path,
    seconds: float | None = None,
    begun: Path | None = None,
) -> bool:
    """Run in a process of its own and kill it after a time; returns whether it was still at work.

    Args:
        seconds: None = let it end.
        begun: a file that the work writes when it begins; the time counts from then on.
    """
    context = get_context("forkserver")  # starts at once, and shares no thread with the tests
    context.set_forkserver_preload([__name__])
    child = context.Process(target=work, args=(home,))
    child.start()
    while begun is not None and not begun.exists() and child.is_alive():
        child.join(0.01)
    child.join(seconds)
    child.kill()
    child.join()
    assert child.exitcode in (0, -signal.SIGKILL)
    return child.exitcode != 0


def outcome(store: Store) -> dict[str, Any]:
    """Return what a store came to, but for numbers and the clock."""
    with store.engines.read() as connection:
        return {
            "events": _rows(
                connection,
                """select e.event_id, e.firing, e.disposition, e.impact, e.cleared_at, i.is_flood,
                i.state from events e left join incidents i using (incident_id)
                order by e.event_id""",
            ),
            "event_log": _rows(
                connection,
                "select event_id, change, count(*) from incident_event_log group by 1, 2"
                " order by 1, 2",
            ),
            "incidents": _rows(
                connection,
                """select monitor_id, group_key, is_flood, state, resolution_code, severity,
                priority, impact, events_total, events_firing, count(*) from incidents
                group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 order by 1, 2, 3, 9""",
            ),
            "claims": _rows(connection, "select monitor_id, group_key from claims order by 1, 2"),
        }


def _rows(connection: sa.Connection, statement: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(sa.text(statement))]
