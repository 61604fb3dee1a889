"""Importing twice, more, late, anew, and killed in the middle."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from opsloop.errors import ConfigError, Refused
from opsloop.service.importing import cases
from opsloop.store import Store
from opsloop.store.imports import all_imports
from opsloop.types import QueueFilter
from tests.integration.imported import ACTIVITIES, SNAPSHOT_HEADER, SNAPSHOT_ROWS, SNAPSHOTS, Desk
from tests.integration.killing import run_in_child

HEADER = "ticket,activity,who,at\n"
FIRST = "A,create,ann,2024-03-01 09:00\nA,take,bob,2024-03-01 09:10\n"
OF_DESK = QueueFilter(states=None, source="desk", order="oldest", limit=1_000)


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    return Desk(store, tmp_path)


def test_importing_twice_adds_nothing(desk: Desk, store: Store) -> None:
    desk.bring(HEADER + FIRST)
    through = store.last_seq()
    again = desk.bring(HEADER + FIRST)
    assert (again.rows_imported, again.rows_known, again.import_id) == (0, 2, None)
    assert store.last_seq() == through
    with store.engines.read() as connection:
        assert len(all_imports(connection)) == 1


def test_a_file_that_has_grown_adds_what_is_new(desk: Desk) -> None:
    desk.bring(HEADER + FIRST)
    more = "B,create,ann,2024-03-02 09:00\nA,resolve,bob,2024-03-01 12:00\n"
    grown = desk.bring(HEADER + more + FIRST)  # in another order, too
    assert (grown.rows_imported, grown.rows_known) == (2, 2)
    assert (grown.incidents_opened, grown.incidents_continued) == (1, 1)
    assert [action for action, _ in desk.course("A")] == ["opened", "taken", "resolved"]
    assert desk.bring(HEADER + more + FIRST).rows_known == 4


def test_rows_that_belong_between_known_ones_are_listed(desk: Desk) -> None:
    desk.bring(HEADER + FIRST)
    found = desk.bring(HEADER + FIRST + "A,wait,bob,2024-03-01 09:05\n")
    assert found.rejected == {"late_row": 1}
    assert desk.reasons() == [(4, "late_row")]
    assert len(desk.course("A")) == 2


def test_a_row_is_known_whatever_the_order_of_its_columns(desk: Desk) -> None:
    desk.bring(HEADER + FIRST)
    rows = "2024-03-01 09:00,ann,create,A\n2024-03-01 09:10,bob,take,A\n"
    assert desk.bring("at,who,activity,ticket\n" + rows).rows_known == 2


def test_a_further_column_is_not_said_to_be_late(desk: Desk) -> None:
    desk.bring(HEADER + FIRST)
    more = (HEADER + FIRST).replace("at\n", "at,team\n").replace("0\n", "0,lab\n")
    assert desk.bring(more).rejected == {"late_row": 2}
    assert {row[3] for row in desk.left_out} == {
        "None of its case's known rows is in the file as it was: columns or values changed. Use "
        "--replace; by a `key` in the map, rows are known whatever else they say."
    }
    assert desk.bring(more, replace=True).rows_imported == 2


def test_a_milestone_that_comes_later_goes_on_with_its_case(desk: Desk) -> None:
    start = SNAPSHOT_HEADER + "I1,0,1/3/2024 9:01,1/3/2024 9:00,?,New,Desk,?,?,0,?\n"
    desk.bring(start, SNAPSHOTS)
    desk.bring(
        start + "I1,1,2/3/2024 9:01,1/3/2024 9:00,2/3/2024 9:00,Resolved,Desk,?,?,0,ok\n", SNAPSHOTS
    )
    assert desk.course("I1") == [("opened", "01 09:00"), ("resolved", "02 09:00")]


@pytest.mark.parametrize("before", range(1, len(SNAPSHOT_ROWS)))
def test_a_log_of_updates_grows_by_any_row(desk: Desk, before: int) -> None:
    """Also by a row that repeats when it was resolved."""
    whole = SNAPSHOT_HEADER + "".join(SNAPSHOT_ROWS)
    desk.bring(SNAPSHOT_HEADER + "".join(SNAPSHOT_ROWS[:before]), SNAPSHOTS)
    grown = desk.bring(whole, SNAPSHOTS)
    assert (grown.rows_known, grown.rows_imported) == (before, len(SNAPSHOT_ROWS) - before)
    shown = ("action", "effective_at", "source_row", "state", "rule_id")
    have = [[row[name] for name in shown] for row in desk.log("I1")]
    desk.bring(whole, SNAPSHOTS.replace("source: desk", "source: at_once"))
    assert have == [[row[name] for name in shown] for row in desk.log("I1")]


def test_replacing_hides_the_earlier_and_leaves_the_log(desk: Desk, store: Store) -> None:
    desk.bring(HEADER + FIRST)
    late = HEADER + FIRST + "A,wait,bob,2024-03-01 09:05\n"
    found = desk.bring(late, replace=True)
    assert found.incidents_opened == 1
    assert [action for action, _ in desk.course("A")] == ["opened", "set_waiting", "taken"]
    assert [item.incident.incident_id for item in store.queue(OF_DESK)] == [2]
    assert desk.count() == 2  # the log forgets nothing
    with store.engines.read() as connection:
        assert [one.counts for one in all_imports(connection, "desk")] == [False, True]
    assert desk.bring(late).rows_known == 3


def test_replacing_by_nothing_leaves_what_there_is(desk: Desk, store: Store) -> None:
    desk.bring(HEADER + FIRST)
    desk.bring(HEADER, replace=True)
    assert len(store.queue(OF_DESK)) == 1


def test_another_map_is_refused_unless_it_replaces(desk: Desk) -> None:
    desk.bring(HEADER + FIRST)
    other = ACTIVITIES.replace("activity = 'take'", "activity = 'took'")
    with pytest.raises(Refused, match="was imported by another map on 2026-06-01"):
        desk.bring(HEADER + FIRST, other)
    assert desk.bring(HEADER + FIRST, other, replace=True).incidents_opened == 1


def test_a_window_may_move_on_with_the_log(desk: Desk) -> None:
    window = "window: {{from: 2024-01-01, to: 2024-{}-28, complete_for: opened}}\n"
    desk.bring(HEADER + FIRST, ACTIVITIES + window.format("03"))
    assert desk.bring(HEADER + FIRST, ACTIVITIES + window.format("04")).rows_known == 2


def test_a_window_may_be_declared_later(desk: Desk, store: Store) -> None:
    desk.bring(HEADER + FIRST)
    said = "window: {from: 2024-01-01, to: 2024-03-31, complete_for: updated}\n"
    again = desk.bring(HEADER + FIRST, ACTIVITIES + said)
    assert (again.import_id, again.has_new_window) == (None, True)
    with store.engines.read() as connection:
        [only] = all_imports(connection)
    assert (only.window_from, only.window_to, only.complete_for) == (
        datetime(2024, 1, 1, tzinfo=UTC),
        datetime(2024, 4, 1, tzinfo=UTC),
        "updated",
    )
    assert not desk.bring(HEADER + FIRST, ACTIVITIES + said).has_new_window


def test_sources_stand_beside_each_other(desk: Desk, store: Store) -> None:
    desk.bring(HEADER + FIRST)
    desk.bring(HEADER + FIRST, ACTIVITIES.replace("source: desk", "source: lab"))
    assert [item.incident.source for item in store.queue(OF_DESK)] == ["desk"]


def test_a_fault_leaves_no_import_behind(desk: Desk, store: Store) -> None:
    with pytest.raises(ConfigError):
        desk.bring(HEADER + FIRST, ACTIVITIES.replace("case: ticket", "case: tockit"))
    with store.engines.read() as connection:
        assert all_imports(connection) == []


ROWS = HEADER + "".join(
    f"T{case},{word},ann,2024-03-{1 + step:02d} {case % 24:02d}:00\n"
    for case in range(400)
    for step, word in enumerate(("create", "take", "resolve"))
)
MORE = ROWS + "".join(f"T{case},close,ann,2024-04-01 00:00\n" for case in range(0, 400, 2))


def import_rows(home: Path) -> None:
    """Import in small chunks, so that there is much between them."""
    cases.CHUNK = 30
    log = (home / "log.csv").read_text()
    with Store.open(f"sqlite:///{home}/incidents.db") as store:
        Desk(store, home).bring(log)


def outcome(store: Store) -> Any:
    return sorted(
        (item.title, item.incident.state, item.incident.version) for item in store.queue(OF_DESK)
    )


def test_a_killed_import_is_not_seen_and_goes_on(state_dir: Path) -> None:
    """First of a new source, then of a file that has grown."""
    moments = random.Random(1)
    Store.upgrade(f"sqlite:///{state_dir}/incidents.db")
    before: Any = []
    for log, versions in ((ROWS, {3}), (MORE, {3, 4})):
        (state_dir / "log.csv").write_text(log)
        seen = []
        for seconds in (moments.uniform(0.5, 1.5), moments.uniform(0.5, 1.5), None):
            run_in_child(import_rows, state_dir, seconds)
            with Store.open(f"sqlite:///{state_dir}/incidents.db") as store:
                assert store.verify().faults == ()
                seen.append(outcome(store))
        assert len(seen[-1]) == 400
        assert {version for _, _, version in seen[-1]} == versions
        assert [one for one in seen if one not in (before, seen[-1])] == []
        before = seen[-1]
