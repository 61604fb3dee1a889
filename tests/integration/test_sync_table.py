"""Every row of the decision table end to end: event table in, incidents and log out."""

from __future__ import annotations

import pytest

from opsloop.store import Store
from opsloop.types import Disposition, Kind, Severity, State
from tests.integration.event_tables import (
    ADA,
    BO,
    DuckDBFile,
    Firing,
    PostgresDatabase,
    World,
    hour,
    late_orders,
)


@pytest.fixture
def world(store: Store, warehouse: DuckDBFile | PostgresDatabase) -> World:
    return World(store, warehouse)


def test_row_01_a_failed_run_does_nothing(world: World) -> None:
    world.run(9, ["A"])
    world.sync(9.1)
    world.fail(10)
    report = world.sync(10.1)
    assert [trouble.status for trouble in report.troubles] == ["error"]
    incident = world.incident(1)
    assert (incident.state, incident.events_firing) == (State.NEW, 1)


def test_row_01_a_run_without_its_last_row_is_not_read(world: World) -> None:
    world.run(9, ["A"])
    world.sync(9.1)
    world.write_rows(10, ["A", "B"])
    world.sync(10.1)
    assert len(world.incidents()) == 1
    world.record_run(10)
    world.sync(10.2)
    assert len(world.incidents()) == 2


def test_row_02_a_clear_in_a_held_run_waits_for_a_good_one(world: World) -> None:
    world.run(9, ["A", "B"])
    world.sync(9.1)
    world.run(10, ["B", "C"], status="held", reason="population_drop")
    report = world.sync(10.1)
    assert [trouble.status for trouble in report.troubles] == ["held"]
    assert [world.incident_of(one).state for one in "ABC"] == [State.NEW] * 3
    world.run(11, ["B", "C"])
    world.sync(11.1)
    cleared = world.incident_of("A")
    assert (cleared.state, cleared.resolved_at) == (State.RESOLVED, hour(10))


def test_row_02_a_deferred_clear_is_overtaken_by_a_new_episode(world: World) -> None:
    world.run(9, ["A"])
    world.sync(9.1)
    world.run(10, [], status="held", reason="stale_data")
    world.sync(10.1)
    world.run(11, ["A"])
    world.sync(11.1)
    states = [(one.state, one.events_total, one.events_firing) for one in world.incidents()[:1]]
    assert states == [(State.NEW, 2, 1)]


def test_row_03_a_missing_row_is_flagged_when_comparing_everything(world: World) -> None:
    world.run(9, ["A", "B"])
    world.sync(9.1)
    gone = world.lose("A")
    world.rebuild()
    world.run(10, ["B"])
    world.sync(10.1)
    lost = world.incident_of("A")
    assert (lost.state, lost.events_firing) == (State.NEW, 1)
    assert lost.evidence_lost_at == hour(10.1)
    assert world.actions(lost.incident_id)[-1] == ("evidence_lost", "3")
    assert world.event("A").is_lost

    # found again: it is counted once, and the flag goes
    world.rebuild(gone)
    world.run(11, ["A", "B"])
    world.sync(11.1)
    found = world.incident(lost.incident_id)
    assert (found.events_total, found.events_firing, found.evidence_lost_at) == (1, 1, None)
    assert not world.event("A").is_lost
    world.run(12, ["B"])
    world.sync(12.1)
    assert world.incident(lost.incident_id).state is State.RESOLVED


def test_row_03_a_found_event_stays_where_it_was_although_it_is_muted_now(world: World) -> None:
    world.run(9, {"A": 5})
    world.sync(9.1)
    gone = world.lose("A")
    world.rebuild()
    world.run(10, [])
    world.sync(10.1)
    world.service.mute(ADA, entity_id="A", until=hour(20), reason="known")
    world.rebuild(gone)
    world.run(11, {"A": 5})
    world.sync(11.1)
    assert world.event("A").incident_id == 1
    assert world.event("A").disposition is Disposition.ATTACHED


def test_row_04_reading_again_does_nothing(world: World) -> None:
    world.run(9, {"A": 3.5, "B": Firing(1, "high", note="é🦆")})
    world.run(10, {"B": Firing(1, "high", note="é🦆")})
    world.sync(10.1)
    before = [world.store.detail(one.incident_id) for one in world.incidents()]
    world.rebuild()
    world.run(11, {"B": Firing(1, "high", note="é🦆")})
    report = world.sync(11.1)
    assert dict(report.counts) == {}
    assert [world.store.detail(one.incident_id) for one in world.incidents()] == before


def test_row_05_what_came_and_went_unseen_is_opened_in_the_past_and_resolved(
    world: World,
) -> None:
    world.run(9, {"A": 7})
    world.run(10, [])
    world.sync(10.1)
    incident = world.incident(1)
    assert incident.opened_at == hour(9)
    assert (incident.state, incident.resolved_at) == (State.RESOLVED, hour(10))
    assert (incident.resolution_code, incident.impact) == ("cleared_by_itself", 7)
    assert world.actions(1) == [("opened", "5"), ("resolved", "10")]


def test_row_05_muted_it_is_recorded(world: World) -> None:
    world.clock = hour(8)
    world.service.mute(ADA, entity_id="A", until=hour(20), reason="known")
    world.run(9, ["A"])
    world.run(10, [])
    world.sync(10.1)
    assert world.incidents() == []
    assert world.event("A").disposition is Disposition.MUTED


def test_row_05_joins_the_incident_that_holds_its_key(store: Store, warehouse: DuckDBFile) -> None:
    world = World(store, warehouse, late_orders(group_by=("region",)))
    north = Firing(region="north")
    world.run(9, {"A": north})
    world.sync(9.1)
    world.run(10, {"A": north, "B": north})
    world.run(11, {"A": north})
    world.sync(11.1)
    incident = world.incident(1)
    assert (incident.state, incident.events_total, incident.events_firing) == (State.NEW, 2, 1)
    assert world.actions(1)[-1] == ("attached", "5")


def test_row_06_a_clear_without_an_incident_is_recorded(world: World) -> None:
    world.clock = hour(8)
    world.service.mute(ADA, entity_id="A", until=hour(20), reason="known")
    world.run(9, ["A"])
    world.sync(9.1)
    world.run(10, [])
    world.sync(10.1)
    assert not world.event("A").firing
    assert world.incidents() == []


def test_row_07_a_clear_after_the_resolve_verifies_the_fix(world: World) -> None:
    world.run(9, ["A"])
    world.sync(9.1)
    world.service.resolve(1, ADA, code="fixed")
    world.run(10, [])
    world.sync(10.1)
    incident = world.incident(1)
    assert (incident.state, incident.resolution_code) == (State.RESOLVED, "fixed")
    assert incident.all_clear_at == hour(10.1)
    assert world.actions(1)[-2:] == [("cleared", "7"), ("all_clear", "7")]


def test_row_08_one_of_several_clears(store: Store, warehouse: DuckDBFile) -> None:
    world = World(store, warehouse, late_orders(group_by=("region",)))
    world.run(9, {"A": Firing(3, region="north"), "B": Firing(4, region="north")})
    world.sync(9.1)
    assert world.incident(1).impact == 7
    world.run(10, {"B": Firing(4, region="north")})
    world.sync(10.1)
    incident = world.incident(1)
    assert (incident.state, incident.impact, incident.events_firing) == (State.NEW, 4, 1)
    assert world.actions(1)[-1] == ("cleared", "8")


def test_row_09_all_clear_flags_what_somebody_works_on(world: World) -> None:
    world.run(9, ["A"])
    world.sync(9.1)
    world.service.take(1, ADA)
    world.run(10, [])
    world.sync(10.1)
    incident = world.incident(1)
    assert (incident.state, incident.all_clear_at) == (State.ACTIVE, hour(10))
    assert world.actions(1)[-1] == ("all_clear", "9")
    world.sync(10.2)  # once
    assert world.incident(1).version == incident.version


def test_row_09_all_clear_flags_where_the_monitor_says_so(
    store: Store, warehouse: DuckDBFile
) -> None:
    world = World(store, warehouse, late_orders(on_clear="flag"))
    world.run(9, ["A"])
    world.sync(9.1)
    world.run(10, [])
    world.sync(10.1)
    assert world.incident(1).state is State.NEW
    assert world.actions(1)[-1] == ("all_clear", "9")


def test_row_10_all_clear_resolves_what_nobody_touched(store: Store, warehouse: DuckDBFile) -> None:
    world = World(store, warehouse, late_orders(group_by=("region",)))
    north = Firing(2, region="north")
    world.run(9, {"A": north, "B": north})
    world.sync(9.1)
    world.run(10, {"B": north})
    world.run(11, [])
    world.sync(11.5)
    incident = world.incident(1)
    assert (incident.state, incident.resolution_code) == (State.RESOLVED, "cleared_by_itself")
    assert incident.resolved_at == incident.all_clear_at == hour(11)
    assert world.actions(1)[-1] == ("resolved", "10")


def test_row_10_says_rule_changed_if_any_reason_does(store: Store, warehouse: DuckDBFile) -> None:
    world = World(store, warehouse, late_orders(group_by=("region",)))
    north = Firing(region="north")
    world.run(9, {"A": north, "B": north})
    world.sync(9.1)
    world.run(10, {"B": north}, rule_changed=True)
    world.sync(10.1)
    world.run(11, [])
    world.sync(11.1)
    assert world.incident(1).resolution_code == "rule_changed"


def test_row_10_releases_the_key(world: World) -> None:
    world.run(9, ["A"])
    world.sync(9.1)
    world.run(10, [])
    world.sync(10.1)
    world.run(11, ["A"], monitor=None)
    world.sync(11.1)
    assert [one.state for one in world.incidents()] == [State.NEW]  # the same one, reopened


def test_row_11_muted_opens_nothing_and_its_end_does(world: World) -> None:
    world.clock = hour(8)
    mute_id = world.service.mute(ADA, entity_id="A", until=hour(11), reason="known")
    world.run(9, {"A": Firing(5, owner="care"), "B": None})
    world.sync(9.1)
    assert [one.entity_id for one in world.incidents()] == ["B"]
    assert world.event("A").disposition is Disposition.MUTED
    assert mute_id == 1
    world.run(10, {"A": Firing(5, owner="care"), "B": None})
    world.sync(10.1)
    assert len(world.incidents()) == 1
    world.run(12, {"A": Firing(5, owner="care"), "B": None})
    world.sync(12.1)
    opened = world.incident(2)
    assert (opened.entity_id, opened.impact, opened.team) == ("A", 5, "care")
    assert world.event("A").disposition is Disposition.ATTACHED


def test_row_11_what_is_released_begins_at_the_end_of_its_mute(world: World) -> None:
    """Resolved during the mute's time, it fires on: s is the mute's end, after the resolve."""
    world.run(8, ["A"])
    world.sync(8.1)
    world.service.resolve(1, ADA, code="fixed")
    world.run(8.5, [])
    world.sync(8.6)
    world.service.mute(ADA, entity_id="A", until=hour(11), reason="known")
    world.run(9, ["A"])
    world.sync(9.1)
    world.run(12, ["A"])
    world.sync(12.1)
    assert world.actions(1)[-2:] == [("reopened", "15"), ("attached", "15")]


def test_row_11_accepted_opens_nothing_until_the_acceptance_ends(world: World) -> None:
    world.run(9, ["A"])
    world.sync(9.1)
    world.service.resolve(1, ADA, code="accepted", accepted_until=hour(12), text="agreed")
    world.run(10, [])
    world.sync(10.1)
    world.run(11, ["A"])  # a new episode
    world.sync(11.1)
    assert world.event("A", 2).disposition is Disposition.ACCEPTED
    assert len(world.incidents()) == 1
    world.run(12.5, ["A"])
    world.sync(12.6)
    assert world.incident(2).state is State.NEW
    assert world.actions(2) == [("opened", "16"), ("linked", None)]


def test_row_11_what_fires_on_when_its_acceptance_ends_moves_to_a_new_incident(
    world: World,
) -> None:
    world.run(9, {"A": 4})
    world.sync(9.1)
    world.service.resolve(1, ADA, code="accepted", accepted_until=hour(12), text="agreed")
    world.run(13, {"A": 4})
    world.sync(13.1)
    assert world.incident(1).events_firing == 0
    assert world.actions(1)[-1] == ("released", "16")
    assert (world.incident(2).events_firing, world.incident(2).impact) == (1, 4)
    world.sync(13.2)
    assert len(world.incidents()) == 2


def test_row_12_joins_the_holder_and_drops_its_all_clear(
    store: Store, warehouse: DuckDBFile
) -> None:
    world = World(store, warehouse, late_orders(group_by=("region",)))
    north = Firing(region="north")
    world.run(9, {"A": north})
    world.sync(9.1)
    world.service.take(1, ADA)
    world.run(10, [])
    world.sync(10.1)
    assert world.incident(1).all_clear_at is not None
    before = world.incident(1).decision_version
    world.run(11, {"B": north})
    world.sync(11.1)
    incident = world.incident(1)
    assert (incident.state, incident.all_clear_at) == (State.ACTIVE, None)
    assert (incident.events_total, incident.events_firing) == (2, 1)
    assert incident.decision_version == before
    assert world.actions(1)[-1] == ("attached", "12")


def test_row_13_a_flood_is_one_incident_with_every_event(
    store: Store, warehouse: DuckDBFile
) -> None:
    world = World(store, warehouse, late_orders(max_new_incidents=5, max_new_incidents_first_run=5))
    world.run(9, ["known"])
    world.sync(9.1)
    crowd = {f"E{n}": 2.0 for n in range(6)}
    world.run(10, {"known": None, **crowd})
    report = world.sync(10.1)
    assert report.floods == [2]
    flood = world.incident(2)
    assert flood.is_flood
    assert (flood.events_total, flood.events_firing, flood.impact) == (6, 6, 12)
    assert world.actions(2)[0] == ("opened", "13")
    # its keys are its own: more of the same joins, others open as usual
    world.run(11, {"known": None, **crowd, "other": None})
    world.sync(11.1)
    assert world.incident(3).entity_id == "other"
    world.run(12, [])
    world.sync(12.1)
    assert world.incident(2).resolution_code == "cleared_by_itself"


def test_row_13_as_many_as_allowed_are_no_flood(store: Store, warehouse: DuckDBFile) -> None:
    world = World(store, warehouse, late_orders(max_new_incidents=5, max_new_incidents_first_run=3))
    world.run(9, ["A", "B", "C"])
    assert world.sync(9.1).floods == []
    world.run(10, [])
    world.run(11, [f"E{n}" for n in range(5)])
    assert world.sync(11.1).floods == []


def test_row_13_counts_keys_and_not_events(store: Store, warehouse: DuckDBFile) -> None:
    world = World(
        store,
        warehouse,
        late_orders(group_by=("region",), max_new_incidents=2, max_new_incidents_first_run=2),
    )
    world.run(9, {f"E{n}": Firing(region="north") for n in range(9)})
    assert world.sync(9.1).floods == []
    assert world.incident(1).events_total == 9


def test_row_13_a_first_run_may_open_fewer(store: Store, warehouse: DuckDBFile) -> None:
    world = World(
        store, warehouse, late_orders(max_new_incidents=50, max_new_incidents_first_run=3)
    )
    world.run(9, ["A", "B", "C", "D"])
    assert world.sync(9.1).floods == [1]
    world.run(10, [f"E{n}" for n in range(10)])
    assert world.sync(10.1).floods == []


def test_row_13_a_mute_of_many_ends_as_a_flood(store: Store, warehouse: DuckDBFile) -> None:
    world = World(store, warehouse, late_orders(max_new_incidents=5, max_new_incidents_first_run=5))
    world.clock = hour(8)
    world.service.mute(ADA, monitor_id="mon_late_orders", until=hour(10), reason="deploy")
    crowd = [f"E{n}" for n in range(8)]
    world.run(9, crowd)
    assert world.sync(9.1).floods == []
    world.run(11, crowd)
    assert world.sync(11.1).floods == [1]
    assert (world.incident(1).is_flood, world.incident(1).events_firing) == (True, 8)


def test_row_13_a_reopened_flood_holds_all_its_keys(store: Store, warehouse: DuckDBFile) -> None:
    world = World(store, warehouse, late_orders(max_new_incidents=3, max_new_incidents_first_run=3))
    crowd = [f"E{n}" for n in range(5)]
    world.run(9, crowd)
    world.sync(9.1)
    world.run(10, [])
    world.sync(10.1)
    world.run(11, ["E0", "E1"])
    world.sync(11.1)
    assert len(world.incidents()) == 1
    assert (world.incident(1).state, world.incident(1).events_firing) == (State.NEW, 2)
    world.run(12, ["E0", "E1", "E2"])
    world.sync(12.1)
    assert len(world.incidents()) == 1


def test_row_14_what_began_before_the_resolve_joins_without_reopening(
    store: Store, warehouse: DuckDBFile
) -> None:
    world = World(store, warehouse, late_orders(group_by=("region",)))
    north = Firing(region="north")
    world.run(9, {"A": north})
    world.sync(9.1)
    world.run(10, {"A": north, "B": north})  # not synced yet
    world.clock = hour(10.5)
    world.service.resolve(1, ADA, code="fixed")
    world.sync(10.6)
    incident = world.incident(1)
    assert (incident.state, incident.events_total) == (State.RESOLVED, 2)
    assert world.event("B").disposition is Disposition.LATE
    assert world.actions(1)[-1] == ("attached", "14")
    # reopened, it holds the key for both
    world.service.reopen(1, BO, text="not done")
    world.run(11, {"A": north, "B": north, "C": north})
    world.sync(11.1)
    assert len(world.incidents()) == 1


def test_row_14_for_events_counts_when_they_happened(store: Store, warehouse: DuckDBFile) -> None:
    world = World(store, warehouse, late_orders(kind=Kind.EVENT, group_by=("region",)))
    world.run(9, {"A": Firing(region="north", occurred_at=hour(8))})
    world.sync(9.1)
    world.clock = hour(9.5)
    world.service.resolve(1, ADA, code="fixed")
    world.run(10, {"B": Firing(region="north", occurred_at=hour(9.4))})
    world.sync(10.1)
    assert world.incident(1).events_total == 2
    world.run(11, {"C": Firing(region="north", occurred_at=hour(9.6))})
    world.sync(11.1)
    assert world.actions(2) == [("opened", "16"), ("linked", None)]  # never a regression


def test_row_15_firing_again_soon_reopens_with_its_owner(world: World) -> None:
    world.run(9, {"A": 3})
    world.sync(9.1)
    world.service.take(1, ADA)
    world.clock = hour(9.5)
    world.service.resolve(1, ADA, code="fixed")
    world.run(10, [])
    world.sync(10.1)
    world.run(11, {"A": 4})
    world.sync(11.1)
    incident = world.incident(1)
    assert (incident.state, incident.assignee, incident.team) == (
        State.ACTIVE,
        "ada.moreno",
        "shipping",
    )
    assert (incident.reopened_count, incident.events_total, incident.impact) == (1, 2, 4)
    assert incident.resolved_at is incident.resolution_code is incident.all_clear_at is None
    assert incident.touched_at is None  # a person's row since the last reopen
    assert world.actions(1)[-2:] == [("reopened", "15"), ("attached", "15")]


@pytest.mark.parametrize("code", ["false_alarm", "accepted"])
def test_row_15_is_not_for_what_was_no_fault(world: World, code: str) -> None:
    world.run(9, ["A"])
    world.sync(9.1)
    until = hour(9.5) if code == "accepted" else None
    world.service.resolve(1, ADA, code=code, accepted_until=until, text="agreed")
    world.run(10, [])
    world.run(11, ["A"])
    world.sync(11.1)
    assert world.actions(2) == [("opened", "16"), ("linked", None)]
    detail = world.store.detail(2)
    assert detail.log[1].subject["other_incident_id"] == 1


def test_row_15_is_not_for_what_a_changed_rule_ended(world: World) -> None:
    world.run(9, ["A"])
    world.sync(9.1)
    world.run(10, [], rule_changed=True)
    world.sync(10.1)
    world.run(11, ["A"])
    world.sync(11.1)
    assert len(world.incidents()) == 2


def test_row_16_after_reopen_within_it_is_a_new_one_linked_to_the_last(world: World) -> None:
    world.run(0, ["A"])
    world.sync(0.1)
    world.run(1, [])
    world.sync(1.1)
    world.run(1 + 7 * 24 + 0.5, ["A"])
    world.sync(1 + 7 * 24 + 0.6)
    assert world.actions(2) == [("opened", "16"), ("linked", None)]


def test_row_16_opens_with_all_that_the_monitor_says(store: Store, warehouse: DuckDBFile) -> None:
    world = World(store, warehouse, late_orders(title="{entity_id} of {region}: {impact:.1f} €"))
    world.run(9, {"A": Firing(2.25, "critical", "care", "north")})
    world.sync(9.1)
    detail = world.store.detail(1)
    incident = detail.incident
    assert detail.title == "A of north: 2.2 €"
    assert incident.opened_at == hour(9.1)
    assert (incident.severity, incident.priority) == (Severity.CRITICAL, "P1")
    assert (incident.team, incident.assignment_kind) == ("care", "rule")
    assert (incident.class_, incident.type) == ("exception", "mon_late_orders")
    assert (incident.impact, incident.impact_unit) == (2.25, "euro")
    assert detail.events[0].evidence == {"region": "north", "note": None}
    row = detail.log[0]
    assert (row.actor.kind, row.actor.id) == ("sync", "mon_late_orders")


def test_row_17_worse_is_logged_and_a_little_more_is_not(world: World) -> None:
    world.run(9, {"A": 10})
    world.sync(9.1)
    for at, impact in ((10, 12), (11, 14.9)):
        world.run(at, {"A": impact})
        world.sync(at + 0.1)
    assert world.actions(1) == [("opened", "16")]
    assert world.incident(1).impact == 10  # as last recorded
    before = world.incident(1).decision_version
    world.run(12, {"A": 15})
    world.sync(12.1)
    incident = world.incident(1)
    assert (incident.impact, incident.decision_version) == (15, before)
    assert world.actions(1)[-1] == ("worsened", "17")


def test_row_17_a_higher_severity_raises_the_priority(world: World) -> None:
    world.run(9, {"A": Firing(severity="low")})
    world.sync(9.1)
    assert world.incident(1).priority == "P4"
    world.run(10, {"A": Firing(severity="high")})
    world.sync(10.1)
    incident = world.incident(1)
    assert (incident.severity, incident.priority) == (Severity.HIGH, "P2")
    assert incident.impact is None  # nothing said how much is at stake


def test_row_17_an_edit_of_the_default_severity_worsens_nothing(world: World) -> None:
    world.run(9, {"A": Firing(note="x")})
    world.sync(9.1)
    world.redefine(late_orders(severity=Severity.CRITICAL))
    world.run(10, {"A": Firing(note="y")})
    world.sync(10.1)
    assert world.actions(1) == [("opened", "16")]


def test_row_17_accepted_and_worse_is_reopened(world: World) -> None:
    world.run(9, {"A": 10})
    world.sync(9.1)
    world.service.resolve(1, ADA, code="accepted", accepted_until=hour(100), text="agreed")
    world.run(10, {"A": 14})
    world.sync(10.1)
    assert world.incident(1).state is State.RESOLVED
    world.run(11, {"A": 16})
    world.sync(11.1)
    incident = world.incident(1)
    assert (incident.state, incident.impact, incident.accepted_until) == (State.NEW, 16, None)
    assert world.actions(1)[-2:] == [("reopened", "17"), ("worsened", "17")]


def test_row_18_other_changes_refresh_the_evidence_without_a_log_row(world: World) -> None:
    world.run(9, {"A": Firing(10, "high", note="one")})
    world.sync(9.1)
    world.run(10, {"A": Firing(8, "low", note="two")})
    world.sync(10.1)
    incident = world.incident(1)
    assert (incident.priority, incident.version) == ("P2", 1)  # never falls by itself
    assert world.store.detail(1).events[0].evidence["note"] == "two"


def test_unripe_rows_are_passed_over(world: World) -> None:
    world.run(9, ["A"], pending=["A"])
    world.sync(9.1)
    assert world.incidents() == []
    world.run(10, ["A"])
    world.sync(10.1)
    assert world.incident(1).entity_id == "A"
