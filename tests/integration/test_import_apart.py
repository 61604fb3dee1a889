"""What was imported stands apart: from the queue and what happens by itself, and in the mirror."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from opsloop.service.entities import summary_of
from opsloop.service.mirror import mirror
from opsloop.service.settings import apply_settings
from opsloop.store import Store
from opsloop.types import QueueFilter
from opsloop.warehouse import opened
from tests.integration.event_tables import DuckDBFile, PostgresDatabase, World
from tests.integration.imported import ACTIVITIES, NOW, Desk
from tests.integration.mirrored import mirror_tables
from tests.integration.office import settings

LOG = """\
ticket,activity,who,at
A,create,ann,2024-03-01 09:00
A,take,ada.moreno,2024-03-01 09:10
B,create,ann,2024-03-02 09:00
"""
KEPT = ACTIVITIES.replace("case:", "people: keep\ncase:") + "facts: {entity: \"'A'\"}\n"


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    return Desk(store, tmp_path)


def test_the_mirror_says_which_import_counts(
    desk: Desk, store: Store, warehouse: DuckDBFile | PostgresDatabase
) -> None:
    warehouse.execute([(statement, None) for statement in mirror_tables()])
    window = "window: {from: 2024-01-01, to: 2024-03-31, complete_for: opened}\n"
    desk.bring(LOG, ACTIVITIES + window)
    desk.bring(LOG + "B,take,bob,2024-03-02 10:00\n", ACTIVITIES + window, replace=True)
    with opened(warehouse.target, read_only=False) as there:
        mirror(store, there)
        rows = there.table("imports").to_pylist()
        log = there.table("incident_log").to_pylist()
    assert [(row["import_id"], row["source"], row["is_current"]) for row in rows] == [
        (1, "desk", False),
        (2, "desk", True),
    ]
    assert (rows[1]["rows_imported"], rows[1]["complete_for"]) == (4, "opened")
    assert f"{rows[1]['window_to']:%Y-%m-%d %H:%M}" == "2024-04-01 00:00"
    assert [row["import_id"] for row in log] == [1] * 3 + [2] * 4
    assert {row["source"] for row in log} == {"desk"}


def test_nobody_has_more_in_hand_by_what_was_imported(desk: Desk, store: Store) -> None:
    desk.bring(LOG, KEPT)
    load = store.loads(["ada.moreno"], NOW)["ada.moreno"]
    assert (load.open_items, load.recent_minutes, load.last_assigned_at) == (0, 0, None)


def test_live_work_goes_on_beside_it(desk: Desk, store: Store) -> None:
    """Numbers go on, the same entity is a new incident, and only that one is in the queue."""
    desk.bring(LOG, KEPT)
    world = World(store, DuckDBFile(desk.folder / "events.duckdb"))
    world.run(9, {"A": 5})
    world.sync(9.1)
    assert [item.incident.incident_id for item in store.queue(QueueFilter())] == [3]
    assert store.count(QueueFilter(states=None, source="desk")) == 2
    assert store.detail(3).related == ()
    assert summary_of(store, "A").incidents == 1


def test_settings_that_change_leave_history_alone(desk: Desk, store: Store) -> None:
    desk.bring(LOG)
    through = store.last_seq()
    apply_settings(store, settings(), NOW + timedelta(days=1))
    assert store.last_seq() == through
    assert desk.incident("A")["policy"] is None
