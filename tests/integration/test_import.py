"""What a map makes of a log: activities, snapshots, and what a naive map could not say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from opsloop.importing.life import IMPLIED, REASSIGNED
from opsloop.store import Store
from opsloop.store.imports import all_imports
from opsloop.store.tables import escalations
from tests.integration.imported import ACTIVITIES, SNAPSHOT_HEADER, SNAPSHOT_ROWS, SNAPSHOTS, Desk

ONE_TICKET = """\
ticket,activity,who,at
A,create,ann,2024-03-01 09:00
A,take,bob,2024-03-01 09:10
A,wait,bob,2024-03-01 10:00
A,take,cyd,2024-03-02 08:00
A,resolve,cyd,2024-03-02 09:00
A,close,,2024-03-16 09:00
"""


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    return Desk(store, tmp_path)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_activities_become_the_life_of_an_incident(desk: Desk) -> None:
    found = desk.bring(ONE_TICKET)
    assert (found.rows_read, found.rows_imported, found.rows_rejected) == (6, 6, 0)
    assert desk.course("A") == [
        ("opened", "01 09:00"),
        ("taken", "01 09:10"),
        ("set_waiting", "01 10:00"),
        ("taken", "02 08:00"),
        ("resolved", "02 09:00"),
        ("closed", "16 09:00"),
    ]
    incident = desk.incident("A")
    assert incident["state"] == "closed"
    assert incident["acknowledged_at"] == moment("2024-03-01 09:10")
    assert incident["resolved_at"] == moment("2024-03-02 09:00")
    assert incident["closed_at"] == moment("2024-03-16 09:00")
    assert incident["source"] == "desk"
    assert desk.store.changes_since(0) == 0  # the queue has had none


def test_each_row_names_where_it_came_from(desk: Desk) -> None:
    desk.bring(ONE_TICKET)
    rows = desk.log("A")
    assert {(row["actor_kind"], row["via"], row["source"]) for row in rows} == {
        ("import", "import", "desk")
    }
    assert [row["source_row"].partition(":")[0] for row in rows] == ["2", "3", "4", "5", "6", "7"]
    assert rows[-1]["actor_id"] == "desk"  # nobody is named: the source says it


def test_people_are_pseudonyms_unless_the_map_keeps_them(desk: Desk) -> None:
    desk.bring(ONE_TICKET)
    told = str([dict(row) for row in desk.log("A")])
    assert "bob" not in told
    assert "cyd" not in told
    names = [row["actor_id"] for row in desk.log("A")]
    assert names[1] == names[2] != names[3] == names[4]
    desk.bring(ONE_TICKET, ACTIVITIES.replace("source: desk", "source: kept\npeople: keep"))
    assert [row["actor_id"] for row in desk.log("A")][:4] == ["ann", "bob", "bob", "cyd"]
    assert desk.incident("A")["assignee"] == "cyd"


def test_a_snapshot_says_everything_by_columns(desk: Desk) -> None:
    """Milestones from columns, a counter over missing updates, tiers, whom it waits for."""
    desk.bring(
        SNAPSHOT_HEADER + "".join(SNAPSHOT_ROWS),
        SNAPSHOTS,
    )
    assert desk.course("I1") == [
        ("opened", "01 09:00"),
        ("taken", "01 09:20"),
        ("assigned", "01 11:00"),
        ("assigned", "01 11:00"),
        ("assigned", "01 11:00"),
        ("escalated", "01 11:00"),
        ("set_waiting", "01 11:00"),
        ("resolved", "02 10:00"),
        ("closed", "09 10:00"),
    ]
    incident = desk.incident("I1")
    assert incident["resolution_code"] == "fixed"
    assert incident["priority"] == "P1"
    assert incident["team"] == "Desk 2nd"
    assert incident["acknowledged_at"] == moment("2024-03-01 09:20")
    rows = desk.log("I1")
    assert [row["rule_id"] for row in rows].count(REASSIGNED) == 3
    waiting = next(row for row in rows if row["action"] == "set_waiting")
    assert waiting["waiting_kind"] == "customer"
    lines = [row["source_row"].partition(":")[0] for row in rows]
    assert set(lines) == {"2", "3", "4", "5", "6"}  # none of the file is without a row
    assert (rows[-2]["action"], lines[-2]) == ("resolved", "5")  # the first that says it


def test_a_row_whose_news_stands_elsewhere_is_kept_as_a_comment(desk: Desk) -> None:
    """The column says that it was resolved before the state did, in another row."""
    row = "I1,{},1/3/2024 {},1/3/2024 9:00,{},{},Desk,?,?,0,?\n"
    desk.bring(
        SNAPSHOT_HEADER
        + row.format(0, "9:01", "?", "New")
        + row.format(1, "9:30", "1/3/2024 9:20", "New")
        + row.format(2, "9:40", "1/3/2024 9:20", "Resolved"),
        SNAPSHOTS,
    )
    assert [(row["action"], row["source_row"].partition(":")[0]) for row in desk.log("I1")] == [
        ("opened", "2"),
        ("resolved", "3"),
        ("commented", "3"),
        ("commented", "4"),
    ]


def test_a_state_of_two_columns(desk: Desk) -> None:
    plan = """\
source: desk
case: id
at: at
actor: who
set: {state: "status || '/' || detail"}
states:
  "Queued/*": new
  "Accepted/Wait*": waiting supplier
  "Accepted/*": active
  "Done/*": resolved
rows: [{action: opened, once: first}]
"""
    desk.bring(
        "id,at,who,status,detail\n"
        "1,2024-03-01 09:00,ann,Queued,Awaiting Assignment\n"
        "1,2024-03-01 09:30,bob,Accepted,In Progress\n"
        "1,2024-03-01 10:00,bob,Accepted,Wait - Vendor\n"
        "1,2024-03-01 11:00,bob,Accepted,In Progress\n"
        "1,2024-03-01 12:00,bob,Done,Closed\n"
        "1,2024-03-01 13:00,bob,Accepted,In Progress\n",
        plan,
    )
    assert [(row["action"], row["state"], row["waiting_kind"]) for row in desk.log("1")] == [
        ("opened", "new", None),
        ("taken", "active", None),
        ("set_waiting", "waiting", "supplier"),
        ("resumed", "active", None),
        ("resolved", "resolved", None),
        ("reopened", "active", None),
    ]


def test_a_tier_that_rises_is_an_escalation_to_that_team(desk: Desk, store: Store) -> None:
    desk.bring(
        SNAPSHOT_HEADER
        + "I1,0,1/3/2024 9:01,1/3/2024 9:00,?,New,Desk 1st,?,?,0,?\n"
        + "I1,1,1/3/2024 9:30,1/3/2024 9:00,?,Active,Desk 2nd,?,?,0,?\n"
        + "I1,2,1/3/2024 9:40,1/3/2024 9:00,?,Active,Desk 1st,?,?,0,?\n",
        SNAPSHOTS,
    )
    with store.engines.read() as connection:
        [row] = connection.execute(sa.select(escalations)).mappings()
    assert (row["to_kind"], row["to_id"]) == ("team", "Desk 2nd")
    assert row["asked_at"] == moment("2024-03-01 09:30")
    assert row["answered_at"] is None


def test_a_case_that_starts_in_the_middle_was_acknowledged_nobody_knows_when(desk: Desk) -> None:
    desk.bring(
        SNAPSHOT_HEADER
        + "I1,7,1/3/2024 9:30,1/3/2024 9:00,?,Active,Desk 1st,r1,?,0,?\n"
        + "I1,8,1/3/2024 9:40,1/3/2024 9:00,2/3/2024 9:00,Resolved,Desk 1st,r1,?,0,?\n",
        SNAPSHOTS,
    )
    first = desk.log("I1")[0]
    assert (first["action"], first["state"]) == ("opened", "active")
    assert desk.incident("I1")["opened_at"] == moment("2024-03-01 09:00")
    assert desk.incident("I1")["acknowledged_at"] is None
    assert desk.incident("I1")["resolved_at"] == moment("2024-03-02 09:00")


def test_a_case_that_starts_in_the_middle_is_at_work_whatever_it_says(desk: Desk) -> None:
    row = "I1,{},1/3/2024 {},1/3/2024 9:00,?,{},Desk 1st,r1,?,0,?\n"
    found = desk.bring(
        SNAPSHOT_HEADER
        + row.format(0, "9:01", "Zombie")
        + row.format(1, "9:10", "New")
        + row.format(2, "9:20", "New")
        + row.format(3, "9:30", "Active"),
        SNAPSHOTS,
    )
    assert found.rejected == {"unknown_state": 1}
    assert [row["action"] for row in desk.log("I1")] == ["opened", "commented", "commented"]
    assert desk.incident("I1")["state"] == "active"
    assert desk.incident("I1")["acknowledged_at"] is None


def test_an_activity_log_can_start_in_the_middle_too(desk: Desk) -> None:
    plan = ACTIVITIES.replace("once: first}", "when: \"activity = 'create'\"}")
    desk.bring(
        "ticket,activity,who,at\nA,take,bob,2024-03-01 09:10\nA,resolve,bob,2024-03-01 09:30\n",
        plan,
    )
    first = desk.log("A")[0]
    assert (first["state"], first["rule_id"]) == ("active", IMPLIED)
    assert desk.incident("A")["acknowledged_at"] is None


def test_what_must_have_been_is_said_to_be_implied(desk: Desk) -> None:
    """Work after an end was a reopening; a closing without a resolve has no resolve time."""
    desk.bring(
        "ticket,activity,who,at\n"
        "A,create,ann,2024-03-01 09:00\nA,resolve,bob,2024-03-01 10:00\n"
        "A,take,bob,2024-03-01 11:00\n"
        "B,create,ann,2024-03-01 09:00\nB,close,bob,2024-03-01 12:00\n"
    )
    assert [(row["action"], row["rule_id"]) for row in desk.log("A")] == [
        ("opened", None),
        ("resolved", None),
        ("reopened", IMPLIED),
        ("taken", None),
    ]
    assert [(row["action"], row["rule_id"], row["resolved_at"]) for row in desk.log("B")] == [
        ("opened", None, None),
        ("resolved", IMPLIED, None),
        ("closed", None, None),
    ]


def test_a_reopening_counted_between_two_updates_is_one(desk: Desk) -> None:
    plan = SNAPSHOTS.replace("action: reassigned", "action: reopened")
    desk.bring(
        SNAPSHOT_HEADER
        + "I1,0,1/3/2024 9:01,1/3/2024 9:00,?,New,Desk,?,?,0,?\n"
        + "I1,9,1/3/2024 9:30,1/3/2024 9:00,?,Active,Desk,?,?,1,?\n",
        plan,
    )
    assert desk.incident("I1")["reopened_count"] == 1
    assert [row["action"] for row in desk.log("I1")] == ["opened", "resolved", "reopened"]


def test_a_reopening_that_states_show_is_not_counted_again(desk: Desk) -> None:
    plan = SNAPSHOTS.replace("action: reassigned", "action: reopened")
    row = "I1,{},1/3/2024 {},1/3/2024 9:00,?,{},Desk,?,?,{},?\n"
    desk.bring(
        SNAPSHOT_HEADER
        + row.format(0, "9:01", "New", 0)
        + row.format(1, "9:30", "Resolved", 0)
        + row.format(2, "10:00", "Active", 1)
        + row.format(3, "10:30", "Resolved", 1)
        + row.format(4, "11:00", "Resolved", 2)
        + row.format(5, "11:01", "Active", 2),
        plan,
    )
    assert desk.incident("I1")["reopened_count"] == 2
    assert [action for action, _ in desk.course("I1")] == [
        "opened",
        "resolved",
        "reopened",
        "resolved",
        "reopened",
        "taken",
    ]


def test_a_row_that_changes_nothing_is_kept_as_a_comment(desk: Desk) -> None:
    desk.bring(
        "ticket,activity,who,at\nA,create,ann,2024-03-01 09:00\nA,mail,bob,2024-03-01 10:00\n"
    )
    assert desk.course("A") == [("opened", "01 09:00"), ("commented", "01 10:00")]
    assert desk.incident("A")["acknowledged_at"] == moment("2024-03-01 10:00")


def test_what_nobody_did_acknowledges_nothing(desk: Desk) -> None:
    desk.bring("ticket,activity,who,at\nA,create,ann,2024-03-01 09:00\nA,mail,,2024-03-01 10:00\n")
    assert desk.incident("A")["acknowledged_at"] is None


def test_what_is_said_with_the_opening_is_no_act_on_it(desk: Desk) -> None:
    plan = ACTIVITIES + "- {action: prioritized, when: \"activity = 'create'\"}\n"
    desk.bring(ONE_TICKET, plan)
    assert desk.course("A")[:2] == [("opened", "01 09:00"), ("taken", "01 09:10")]
    assert desk.incident("A")["acknowledged_at"] == moment("2024-03-01 09:10")


def test_class_type_work_and_who_found_it(desk: Desk, store: Store) -> None:
    plan = """\
source: desk
case: id
at: at
actor: who
title: subject
set: {class: kind, type: topic, team: team, severity: how_bad}
rows:
- {action: opened, once: first}
- {action: worked, when: spent is not null, minutes: spent}
- {action: updated, when: "note = 'told'"}
- {action: escalated, when: "note = 'ask'", to: "'maker'", to_kind: outside, type: "'defect'"}
- {action: nudged, when: "note = 'again'"}
- {action: answered, when: "note = 'reply'"}
facts: {found_by: found, entity: customer, root_cause: cause, resolution_code: "'x'"}
"""
    desk.bring(
        "id,at,who,subject,kind,topic,team,how_bad,spent,note,found,customer,cause\n"
        "7,2024-03-01T09:00Z,ann,Printer burns,request,print,desk,high,,,customer,Acme,\n"
        "7,2024-03-01T10:00Z,bob,,question,,lab,,12.5,,,,\n"
        "7,2024-03-01T11:00Z,bob,,,,,,,told,,,\n"
        "7,2024-03-01T12:00Z,bob,,,,,,,ask,,,\n"
        "7,2024-03-01T13:00Z,bob,,,,,,,again,,,\n"
        "7,2024-03-01T14:00Z,eve,,,,,,,reply,,,\n",
        plan,
    )
    incident = desk.incident("Printer burns")
    assert [incident[name] for name in ("class", "type", "team", "severity", "found_by")] == [
        "question",
        "print",
        "lab",
        "high",
        "customer",
    ]
    assert incident["entity_id"] == "Acme"
    assert incident["first_response_at"] == moment("2024-03-01 11:00")
    rows = desk.log("Printer burns")
    assert [row["action"] for row in rows] == [
        "opened",
        "worked",
        "classified",
        "assigned",
        "updated",
        "escalated",
        "nudged",
        "answered",
    ]
    assert rows[1]["minutes"] == 12.5
    with store.engines.read() as connection:
        [asked] = connection.execute(sa.select(escalations)).mappings()
    assert (asked["to_kind"], asked["to_id"], asked["escalation_type"]) == (
        "outside",
        "maker",
        "defect",
    )
    assert asked["nudges"] == 1
    assert asked["answered_at"] == moment("2024-03-01 14:00")


def test_a_zone_its_clock_changes_and_times_that_name_their_own(desk: Desk) -> None:
    plan = ACTIVITIES.replace("case:", "read: {zone: Europe/Berlin, ambiguous: second}\ncase:")
    desk.bring(
        "ticket,activity,who,at\n"
        "A,create,ann,2024-03-31 02:30\n"  # skipped: an hour later
        "B,create,ann,2024-10-27 02:30\n"  # comes twice
        "C,create,ann,2024-07-01T12:00:00-05:00\n"
        "D,create,ann,2024-07-01 12:00\n",
        plan,
    )
    opened = {name: desk.incident(name)["opened_at"] for name in "ABCD"}
    assert opened == {
        "A": moment("2024-03-31 01:30"),
        "B": moment("2024-10-27 01:30"),
        "C": moment("2024-07-01 17:00"),
        "D": moment("2024-07-01 10:00"),
    }


def test_without_a_column_of_its_own_time_the_only_one_is_taken(desk: Desk) -> None:
    found = desk.bring(ONE_TICKET, ACTIVITIES.replace("at: at\n", ""))
    assert found.at == '"at"'
    assert desk.course("A")[0] == ("opened", "01 09:00")


def test_parquet_is_read_by_its_types(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "typed.parquet"
    duckdb.sql(
        "select 'A' as ticket, 'create' as activity, 'ann' as who,"
        " timestamp '2024-03-01 09:00' as at"
    ).write_parquet(str(file))
    desk.bring(file.read_bytes(), name="log.parquet")
    assert desk.course("A") == [("opened", "01 09:00")]


def test_the_declared_window_and_the_map_are_kept(desk: Desk, store: Store) -> None:
    window = "window: {from: 2024-01-01, to: 2024-06-30, complete_for: closed}\n"
    desk.bring(ONE_TICKET, ACTIVITIES + window)
    with store.engines.read() as connection:
        [kept] = all_imports(connection, "desk")
    assert kept.window_from == moment("2024-01-01 00:00")
    assert kept.window_to == moment("2024-07-01 00:00")
    assert kept.complete_for == "closed"
    assert (kept.file_name, kept.imported_by, kept.rows_read) == ("log.csv", "ada", 6)
    assert kept.counts
