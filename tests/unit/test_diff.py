"""The decision table, row by row, and what holds for whatever comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsloop.diff import (
    Decision,
    Do,
    EventRow,
    Run,
    Situation,
    Snapshot,
    Suppression,
    decide,
    decide_all_clear,
    decide_firing,
    is_not_fixed,
    is_past_count,
    needs_new_key,
    severity_of,
    started_at,
)
from opsloop.types import (
    Disposition,
    Event,
    Incident,
    Kind,
    Monitor,
    Relation,
    ResolutionCode,
    Severity,
    State,
)

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
TEN, ELEVEN = NINE + HOUR, NINE + 2 * HOUR
MONITOR = Monitor(
    id="mon_late_orders",
    name="mon_late_orders",
    kind=Kind.STATE,
    entity="order",
    owner="shipping",
    severity=Severity.MEDIUM,
    title="{entity_id}",
    relation=Relation("main", "mon_late_orders"),
)
OF_EVENTS = replace(MONITOR, kind=Kind.EVENT)
RUN = Run(3, TEN, is_held=False)
MUTED = Suppression(Disposition.MUTED, ELEVEN)


def row(**values: Any) -> EventRow:
    settings: dict[str, Any] = {
        "event_id": "e1",
        "entity_id": "A",
        "occurred_at": NINE,
        "first_seen_at": NINE,
        "cleared_at": None,
        "cleared_reason": None,
        "severity": None,
        "owner": None,
        "impact": 10.0,
        "evidence": "{}",
        "changed_run": 3,
        "group_key": '["A"]',
    }
    return EventRow(**{**settings, **values})


def over(**values: Any) -> EventRow:
    return row(**{"cleared_at": TEN, "cleared_reason": "condition_cleared", **values})


def seen(of: EventRow | None = None, number: int | None = 1, **values: Any) -> Snapshot:
    """Return what applying a row leaves behind; `values` differ."""
    of = of or row()
    settings: dict[str, Any] = {
        "event_id": of.event_id,
        "monitor_id": MONITOR.id,
        "entity_id": of.entity_id,
        "group_key": of.group_key,
        "disposition": Disposition.ATTACHED if number else Disposition.MUTED,
        "firing": of.firing,
        "occurred_at": of.occurred_at,
        "started_at": of.first_seen_at,
        "incident_id": number,
        "severity": severity_of(of, MONITOR),
        "impact": of.impact,
        "cleared_at": of.cleared_at,
        "cleared_reason": of.cleared_reason,
    }
    event = Event(**{**settings, **values})
    return Snapshot(event, of.evidence, of.severity, of.impact, of.owner)


def incident(number: int = 1, **values: Any) -> Incident:
    settings: dict[str, Any] = {
        "version": 1,
        "decision_version": 1,
        "state": State.NEW,
        "opened_at": NINE,
        "events_total": 1,
        "events_firing": 1,
    }
    return Incident(number, **{**settings, **values})


def resolved(number: int = 1, at: datetime = TEN, code: str = "fixed", **values: Any) -> Incident:
    return incident(number, state=State.RESOLVED, resolved_at=at, resolution_code=code, **values)


def test_row_02_a_clear_in_a_held_run_waits() -> None:
    held = Situation(Run(3, TEN, is_held=True), seen(), own=incident())
    assert decide(over(), MONITOR, held) == Decision("2", Do.DEFER)
    assert decide(over(), MONITOR, replace(held, good_since=True)).row == "8"
    assert decide(row(evidence='{"a":1}'), MONITOR, held).row == "18"  # other changes go on


def test_row_03_what_was_lost_and_is_found_stays_where_it_was() -> None:
    lost = seen(is_lost=True)
    for now in (
        Situation(RUN, lost, own=incident(), holder=incident()),
        Situation(RUN, lost, own=incident(), suppression=MUTED),
        Situation(RUN, lost, own=resolved(), last=resolved()),
    ):
        assert decide(row(), MONITOR, now) == Decision("3", Do.FOUND, 1)


@pytest.mark.parametrize("of", [row(), over(), row(severity="high", owner="care", impact=None)])
def test_row_04_the_same_again_is_nothing(of: EventRow) -> None:
    assert decide(of, MONITOR, Situation(RUN, seen(of), own=incident())).do is Do.NOTHING


def test_row_05_unseen_and_over() -> None:
    nothing = Situation(RUN)
    assert decide(over(), MONITOR, replace(nothing, suppression=MUTED)) == Decision(
        "5", Do.RECORD, disposition=Disposition.MUTED
    )
    held = replace(nothing, holder=incident(4))
    assert decide(over(), MONITOR, held) == Decision("5", Do.ATTACH, 4)
    assert decide(over(), MONITOR, replace(nothing, flood=incident(9))).do is Do.OPEN_PAST
    assert decide(over(), MONITOR, nothing) == Decision("5", Do.OPEN_PAST)


def test_row_06_a_clear_without_incident_is_recorded() -> None:
    now = Situation(RUN, seen(number=None))
    expected = Decision("6", Do.RECORD, disposition=Disposition.MUTED)
    assert decide(over(), MONITOR, now) == expected


@pytest.mark.parametrize("state", [State.RESOLVED, State.CLOSED])
def test_row_07_a_clear_after_the_end_verifies(state: State) -> None:
    now = Situation(RUN, seen(), own=replace(resolved(), state=state))
    assert decide(over(), MONITOR, now) == Decision("7", Do.VERIFY, 1)


@pytest.mark.parametrize("state", [State.NEW, State.ACTIVE, State.WAITING, State.SNOOZED])
def test_row_08_a_clear_of_an_open_incident(state: State) -> None:
    now = Situation(RUN, seen(), own=incident(state=state))
    assert decide(over(), MONITOR, now) == Decision("8", Do.CLEAR, 1)


def test_row_09_all_clear_only_flags() -> None:
    flags = replace(MONITOR, on_clear="flag")
    assert decide_all_clear(incident(touched_at=NINE), MONITOR, False, frozenset()) == ("9", None)
    assert decide_all_clear(incident(), flags, False, frozenset()) == ("9", None)
    assert decide_all_clear(incident(), MONITOR, True, frozenset()) == ("9", None)


def test_row_10_all_clear_resolves() -> None:
    by_itself = frozenset({"condition_cleared"})
    found = decide_all_clear(incident(state=State.SNOOZED), MONITOR, False, by_itself)
    assert found == ("10", ResolutionCode.CLEARED_BY_ITSELF)
    changed = by_itself | {"rule_changed"}
    found = decide_all_clear(incident(), MONITOR, False, changed)
    assert found == ("10", ResolutionCode.RULE_CHANGED)


def test_row_11_suppressed_before_anything_else() -> None:
    now = Situation(RUN, holder=incident(), flood=incident(9), suppression=MUTED)
    expected = Decision("11", Do.RECORD, disposition=Disposition.MUTED)
    assert decide(row(), MONITOR, now) == expected
    again = replace(now, snapshot=seen(over()))
    assert decide(row(), MONITOR, again) == expected


def test_row_12_a_claimed_key_before_a_flood() -> None:
    now = Situation(RUN, holder=incident(4), flood=incident(9), last=resolved())
    assert decide(row(), MONITOR, now) == Decision("12", Do.ATTACH, 4)


def test_row_12_a_snooze_wakes_only_at_its_limit() -> None:
    snoozed = incident(state=State.SNOOZED, wake_events=3)
    assert [is_past_count(snoozed, total) for total in (2, 3, 4)] == [False, True, True]
    assert not is_past_count(replace(snoozed, wake_events=None), 99)
    assert not is_past_count(replace(snoozed, state=State.ACTIVE), 99)


def test_row_13_flood_before_the_last_incident() -> None:
    now = Situation(RUN, flood=incident(9), last=resolved())
    assert decide(row(), MONITOR, now) == Decision("13", Do.FLOOD, 9)


def test_row_13_a_flood_that_was_ended_meanwhile_takes_the_rest_and_stays_ended() -> None:
    now = Situation(RUN, flood=resolved(9))
    expected = Decision("13", Do.ATTACH_LATE, 9, Disposition.LATE)
    assert decide(row(), MONITOR, now) == expected


def test_row_13_counts_what_needs_a_key() -> None:
    nothing = Situation(RUN)
    assert needs_new_key(row(), nothing)
    assert needs_new_key(row(), replace(nothing, snapshot=seen(over())))
    assert needs_new_key(row(), replace(nothing, snapshot=seen(number=None), started=NINE))
    for now in (
        replace(nothing, suppression=MUTED),
        replace(nothing, holder=incident()),
        replace(nothing, snapshot=seen()),
        replace(nothing, snapshot=seen(is_lost=True)),
    ):
        assert not needs_new_key(row(), now)
    assert not needs_new_key(over(), nothing)


def test_row_14_begun_before_the_resolve() -> None:
    late = Decision("14", Do.ATTACH_LATE, 1, Disposition.LATE)
    assert decide(row(first_seen_at=NINE), MONITOR, Situation(RUN, last=resolved())) == late
    assert decide(row(first_seen_at=TEN), MONITOR, Situation(RUN, last=resolved())) == late
    happened = row(first_seen_at=ELEVEN, occurred_at=NINE)
    assert decide(happened, OF_EVENTS, Situation(RUN, last=resolved())) == late


def test_row_14_is_for_what_people_ended() -> None:
    """Sync resolves because nothing fires: what did, unripe or unread, shows it was too early."""
    early = row(first_seen_at=NINE)
    by_itself = Situation(RUN, last=resolved(code="cleared_by_itself"))
    assert decide(early, MONITOR, by_itself) == Decision("15", Do.REOPEN, 1)
    rule_changed = Situation(RUN, last=resolved(code="rule_changed"))
    assert decide(early, MONITOR, rule_changed) == Decision("16", Do.OPEN, 1)


def test_row_15_soon_after_the_resolve() -> None:
    now = Situation(RUN, last=resolved())
    just_in_time = row(first_seen_at=TEN + MONITOR.reopen_within)
    assert decide(just_in_time, MONITOR, now) == Decision("15", Do.REOPEN, 1)
    for code in ("fixed", "cleared_by_itself", "duplicate", "their_own"):
        last = replace(now, last=resolved(code=code))
        assert decide(row(first_seen_at=ELEVEN), MONITOR, last).row == "15"


def test_row_16_otherwise_a_new_one() -> None:
    linked = Decision("16", Do.OPEN, 1)
    assert decide(row(), MONITOR, Situation(RUN)) == Decision("16", Do.OPEN)
    too_late = row(first_seen_at=TEN + MONITOR.reopen_within + timedelta(seconds=1))
    assert decide(too_late, MONITOR, Situation(RUN, last=resolved())) == linked
    for code in ("false_alarm", "accepted", "rule_changed"):
        now = Situation(RUN, last=resolved(code=code))
        assert decide(row(first_seen_at=ELEVEN), MONITOR, now) == linked
    happened = row(occurred_at=ELEVEN)
    assert decide(happened, OF_EVENTS, Situation(RUN, last=resolved())) == linked


def test_row_16_what_is_released_began_at_the_end_of_what_held_it_back() -> None:
    now = Situation(RUN, seen(number=None), last=resolved(), started=ELEVEN)
    assert decide_firing(row(first_seen_at=NINE), MONITOR, now).row == "15"
    accepted = replace(now, last=resolved(code="accepted"))
    assert decide_firing(row(first_seen_at=NINE), MONITOR, accepted).row == "16"


def test_row_17_worse_is_a_higher_severity_or_half_again_the_impact() -> None:
    now = Situation(RUN, seen(), own=incident())
    worse = Decision("17", Do.WORSEN, 1)
    assert decide(row(impact=15), MONITOR, now) == worse
    assert decide(row(severity="high"), MONITOR, now) == worse
    for less in (row(impact=14.99), row(impact=None), row(severity="low"), row(impact=9)):
        assert decide(less, MONITOR, now).row == "18"


def test_row_17_compares_with_what_was_last_recorded() -> None:
    drifted = Snapshot(seen(row(impact=10)).event, "{}", None, 14.0)
    now = Situation(RUN, drifted, own=incident())
    assert decide(row(impact=15), MONITOR, now).row == "17"


def test_row_17_from_nothing_and_below_nothing() -> None:
    of = row(impact=None)
    assert decide(row(impact=1), MONITOR, Situation(RUN, seen(of), own=incident())).row == "17"
    of = row(impact=-10)
    now = Situation(RUN, seen(of), own=incident())
    assert decide(row(impact=-4), MONITOR, now).row == "17"
    assert decide(row(impact=-6), MONITOR, now).row == "18"
    assert decide(row(impact=-20), MONITOR, now).row == "18"


def test_row_17_another_default_severity_is_not_worse() -> None:
    critical = replace(MONITOR, severity=Severity.CRITICAL)
    now = Situation(RUN, seen(), own=incident())
    assert decide(row(evidence='{"a":1}'), critical, now).row == "18"


def test_row_17_accepted_reopens_unless_another_holds_the_key() -> None:
    now = Situation(RUN, seen(), own=resolved(code="accepted"))
    assert decide(row(impact=15), MONITOR, now) == Decision("17", Do.REOPEN, 1)
    held = replace(now, holder=incident(2))
    assert decide(row(impact=15), MONITOR, held) == Decision("17", Do.WORSEN, 1)
    fixed = replace(now, own=resolved(code="fixed"))
    assert decide(row(impact=15), MONITOR, fixed) == Decision("17", Do.WORSEN, 1)


def test_row_17_snoozed_wakes_beyond_its_limit() -> None:
    snoozed = incident(state=State.SNOOZED, wake_share=1.0)
    now = Situation(RUN, seen(), own=snoozed)
    assert not decide(row(impact=19), MONITOR, now).wakes
    assert decide(row(impact=20), MONITOR, now).wakes
    assert not decide(row(impact=99), MONITOR, replace(now, own=incident())).wakes


def test_row_17_muted_and_worse_is_recorded() -> None:
    now = Situation(RUN, seen(number=None))
    expected = Decision("17", Do.WORSEN, disposition=Disposition.MUTED)
    assert decide(row(impact=15), MONITOR, now) == expected


@pytest.mark.parametrize(
    "change", [{"evidence": '{"a":1}'}, {"impact": 9.0}, {"severity": "low"}, {"owner": "care"}]
)
def test_row_18_other_changes_refresh(change: dict[str, Any]) -> None:
    now = Situation(RUN, seen(), own=incident())
    assert decide(row(**change), MONITOR, now) == Decision("18", Do.REFRESH, 1)


def test_not_fixed_needs_a_person_time_and_something_that_fires() -> None:
    fixed = resolved(touched_at=TEN)
    later = TEN + MONITOR.verify_within
    assert is_not_fixed(fixed, MONITOR, later)
    assert not is_not_fixed(fixed, MONITOR, later - timedelta(seconds=1))
    assert not is_not_fixed(replace(fixed, events_firing=0), MONITOR, later)
    assert not is_not_fixed(replace(fixed, resolution_code="false_alarm"), MONITOR, later)
    assert not is_not_fixed(replace(fixed, state=State.ACTIVE), MONITOR, later)
    assert not is_not_fixed(fixed, OF_EVENTS, later)


# ---- whatever comes

TIMES = st.integers(0, 400).map(lambda hours: NINE + hours * HOUR)
IMPACTS = st.none() | st.floats(-1e6, 1e6)
STATES = st.sampled_from(list(State))
CODES = st.sampled_from([*ResolutionCode])


@st.composite
def rows(draw: st.DrawFn) -> EventRow:
    first = draw(TIMES)
    cleared = draw(st.none() | st.integers(0, 50).map(lambda hours: first + hours * HOUR))
    return row(
        first_seen_at=first,
        occurred_at=first - draw(st.integers(0, 5)) * HOUR,
        cleared_at=cleared,
        cleared_reason=draw(st.sampled_from(["condition_cleared", "rule_changed"]))
        if cleared
        else None,
        severity=draw(st.none() | st.sampled_from([str(one) for one in Severity])),
        impact=draw(IMPACTS),
        evidence=draw(st.sampled_from(["{}", '{"a":1}'])),
    )


@st.composite
def incidents(draw: st.DrawFn, *, is_open: bool | None = None) -> Incident:
    state = draw(STATES.filter(lambda one: is_open is None or one.is_open == is_open))
    ended = not state.is_open
    return incident(
        draw(st.integers(1, 5)),
        state=state,
        resolved_at=draw(TIMES) if ended else None,
        resolution_code=draw(CODES) if ended else None,
        wake_share=draw(st.none() | st.floats(0, 2)),
    )


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    before = draw(st.none() | rows())
    own = draw(st.none() | incidents()) if before else None
    snapshot = before and seen(
        before, own.incident_id if own else None, is_lost=before.firing and draw(st.booleans())
    )
    return Situation(
        run=Run(3, draw(TIMES), draw(st.booleans())),
        snapshot=snapshot,
        own=own,
        holder=draw(st.none() | incidents(is_open=True)),
        last=draw(st.none() | incidents(is_open=False)),
        suppression=draw(st.sampled_from([None, MUTED])),
        flood=draw(st.none() | incidents()),
        good_since=draw(st.booleans()),
    )


@given(rows(), situations(), st.sampled_from([MONITOR, OF_EVENTS]))
def test_every_row_is_decided_and_names_an_incident_where_one_is_needed(
    of: EventRow, now: Situation, monitor: Monitor
) -> None:
    decision = decide(of, monitor, now)
    if decision.do in (Do.CLEAR, Do.VERIFY, Do.ATTACH, Do.ATTACH_LATE, Do.FLOOD, Do.REOPEN):
        assert decision.incident_id is not None
    if decision.do is Do.NOTHING:
        assert now.snapshot is not None  # nothing unseen is dropped
    if decision.do is Do.RECORD and now.snapshot is None:
        assert now.suppression is not None


@given(rows(), situations(), st.sampled_from([MONITOR, OF_EVENTS]))
def test_deciding_again_what_was_applied_is_nothing(
    of: EventRow, now: Situation, monitor: Monitor
) -> None:
    decision = decide(of, monitor, now)
    if decision.do is Do.DEFER:
        return
    applied = seen(of, decision.incident_id or 1, disposition=decision.disposition)
    again = replace(now, snapshot=applied, run=replace(now.run, is_held=False))
    assert decide(of, monitor, again) == Decision("4", Do.NOTHING)


@given(rows(), situations())
def test_no_fire_is_hidden_in_what_sync_ended(of: EventRow, now: Situation) -> None:
    decision = decide(of, MONITOR, now)
    if decision.do is Do.ATTACH_LATE and decision.row == "14":
        assert now.last is not None
        assert now.last.resolved_at is not None
        assert started_at(of, MONITOR) <= now.last.resolved_at
        assert now.last.resolution_code not in ("cleared_by_itself", "rule_changed")
