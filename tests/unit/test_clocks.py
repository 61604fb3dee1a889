"""Clocks: each bug that users reported on other systems', and equality with a slow reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsloop.calendars import Calendar, OutsideHorizon, Rules, Slot
from opsloop.clocks import (
    Clock,
    ClockSettings,
    ClockState,
    OnReopen,
    Outcome,
    Policy,
    Status,
    Target,
    clocks_of,
    state_of,
)
from opsloop.errors import NotFound
from opsloop.standing import Step
from opsloop.types import Action, Incident, State

from .clock_reference import SlowCalendar, SlowClock

HOUR = 3600
WITH_LUNCH = Rules(
    "America/New_York", ((Slot(480, 720), Slot(780, 1020)),) * 5 + ((),) * 2
)  # 08-12 and 13-17, Monday to Friday
EARLY = Rules("Europe/Rome", ((Slot(360, 840),),) * 7)  # 06-14, every day
CALENDARS = {
    "office": Calendar.from_rules("office", WITH_LUNCH, date(2026, 1, 1), date(2027, 12, 31)),
    "early": Calendar.from_rules("early", EARLY, date(2026, 1, 1), date(2027, 12, 31)),
}
TEAMS = {"dispatch": "office", "rome": "early"}
STANDARD = Policy({target: {"P1": HOUR, "P2": 4 * HOUR} for target in Target})


def at(text: str) -> datetime:
    """Return a moment of July 2026 in New York's time, as `10 16:30`; the 10th is a Friday."""
    day, time = text.split()
    return datetime.fromisoformat(f"2026-07-{day} {time}").replace(tzinfo=UTC) + timedelta(hours=4)


class Story:
    """An incident's history, told row by row."""

    def __init__(self, when: str, **values: Any) -> None:
        first: dict[str, Any] = {"policy": "standard", "priority": "P1", "team": "dispatch"}
        opened = Incident(7, 1, 1, State.NEW, at(when), **(first | values))
        self.steps = [Step(opened, Action.OPENED, at(when), "batch 1")]
        self.numbers = count(2)

    def then(
        self, when: str, action: Action, *, batch: str = "", undoes: str | None = None, **after: Any
    ) -> Story:
        """Add a row. `state` and times in `after` may be given as text."""
        for name, value in after.items():
            after[name] = at(value) if name.endswith("_at") and isinstance(value, str) else value
        incident = replace(self.steps[-1].incident, **after)
        name = batch or f"batch {next(self.numbers)}"
        self.steps.append(Step(incident, action, at(when), name, undoes))
        return self

    def take(self, when: str, **after: Any) -> Story:
        return self.then(when, Action.TAKEN, state=State.ACTIVE, **after)

    def wait(self, when: str, **after: Any) -> Story:
        return self.then(when, Action.SET_WAITING, state=State.WAITING, **after)

    def snooze(self, when: str) -> Story:
        return self.then(when, Action.SNOOZED, state=State.SNOOZED)

    def resume(self, when: str) -> Story:
        return self.then(when, Action.RESUMED, state=State.ACTIVE)

    def update(self, when: str, **after: Any) -> Story:
        return self.then(when, Action.UPDATED, **after)

    def resolve(self, when: str, **after: Any) -> Story:
        return self.then(when, Action.RESOLVED, state=State.RESOLVED, **after)

    def reopen(self, when: str) -> Story:
        return self.then(when, Action.REOPENED, state=State.ACTIVE)

    def clocks(self, policy: Policy = STANDARD, **settings: Any) -> dict[Target, Clock]:
        known = ClockSettings({"standard": policy}, CALENDARS, TEAMS, **settings)
        return {clock.target: clock for clock in clocks_of(self.steps, known)}

    def clock(self, target: Target, policy: Policy = STANDARD) -> Clock:
        return self.clocks(policy)[target]

    def resolving(self, policy: Policy = STANDARD) -> Clock:
        return self.clock(Target.RESOLVE, policy)


def test_a_clock_runs_in_business_time() -> None:
    clock = Story("10 16:30").resolving()
    assert (clock.target_s, clock.consumed_s, clock.running_since) == (HOUR, 0, at("10 16:30"))
    assert clock.due_at == clock.meets_until == at("13 08:30")  # Monday
    assert clock.nearing_at == at("13 08:18")
    assert state_of(clock, at("13 08:17")) == (ClockState.RUNNING, at("10 16:30"))
    assert state_of(clock, at("13 08:18")) == (ClockState.NEARING, at("13 08:18"))
    assert state_of(clock, at("13 08:30")) == (ClockState.NEARING, at("13 08:18"))
    assert state_of(clock, at("13 08:31")) == (ClockState.BREACHED, at("13 08:30"))


def test_the_policys_calendar_goes_before_the_teams() -> None:
    story = Story("10 16:30")
    assert story.resolving(replace(STANDARD, calendar="always")).due_at == at("10 17:30")
    assert Story("10 16:30", team="nobody's").resolving().due_at == at("10 17:30")


def test_met_means_no_more_consumed_than_allowed() -> None:
    """Due Friday 17:00, resolved Monday 07:59: nothing was open in between."""
    story = Story("10 16:00")
    clock = story.resolving()
    assert (clock.due_at, clock.meets_until) == (at("10 17:00"), at("13 08:00"))
    assert state_of(clock, at("12 12:00")).state is ClockState.NEARING
    assert state_of(clock, at("13 08:01")) == (ClockState.BREACHED, at("10 17:00"))
    resolved = story.resolve("13 07:59").resolving()
    assert (resolved.outcome, resolved.consumed_s) == (Outcome.MET, HOUR)
    assert state_of(resolved, at("20 12:00")) == (ClockState.MET, at("13 07:59"))


# what users reported on other systems' clocks


def test_a_pause_followed_directly_by_resolve_keeps_the_hold() -> None:
    clock = Story("10 09:00").wait("10 09:30").resolve("10 16:00").resolving()
    assert (clock.consumed_s, clock.outcome) == (HOUR // 2, Outcome.MET)


def test_a_paused_item_does_not_read_as_failed() -> None:
    clock = Story("10 09:00").wait("10 09:30").resolving()
    assert (clock.running_since, clock.due_at, clock.meets_until) == (None, None, None)
    assert state_of(clock, at("31 12:00")) == (ClockState.PAUSED, at("10 09:30"))


def test_a_paused_item_that_had_failed_stays_failed() -> None:
    clock = Story("10 09:00").wait("10 10:30").resolving()
    assert state_of(clock, at("31 12:00")) == (ClockState.BREACHED, at("10 10:00"))


def test_a_breach_is_there_at_its_second_and_not_at_the_next_job() -> None:
    clock = Story("10 09:00").resolving()
    second = timedelta(seconds=1)
    assert state_of(clock, at("10 10:00")).state is ClockState.NEARING
    assert state_of(clock, at("10 10:00") + second) == (ClockState.BREACHED, at("10 10:00"))


def test_a_late_resolve_between_two_polls_is_a_breach() -> None:
    story = Story("10 09:00")
    assert state_of(story.resolving(), at("10 09:55")).state is ClockState.NEARING
    clock = story.resolve("10 10:01").resolving()
    assert (clock.outcome, clock.breached_at) == (Outcome.BREACHED, at("10 10:00"))
    assert state_of(clock, at("10 10:55")) == (ClockState.BREACHED, at("10 10:00"))


def test_waiting_is_taken_off_in_business_time_too() -> None:
    """Waiting from Friday noon to Monday noon is 8 open hours, not 72."""
    slow = replace(STANDARD, targets={Target.RESOLVE: {"P1": 9 * HOUR}})
    clock = Story("10 08:00").wait("10 12:00").resume("13 12:00").resolving(slow)
    assert (clock.consumed_s, clock.due_at) == (4 * HOUR, at("14 09:00"))


def test_a_change_of_policy_remembers_earlier_pauses() -> None:
    story = Story("10 08:00").wait("10 08:30").resume("10 11:00")
    story.then("10 11:30", Action.POLICY_APPLIED, policy="other", policy_version=2)
    hours = {Target.RESOLVE: {"P1": 2 * HOUR}}
    known = ClockSettings({"standard": STANDARD, "other": Policy(hours)}, CALENDARS, TEAMS)
    (clock,) = clocks_of(story.steps, known)
    assert (clock.target_s, clock.consumed_s, clock.policy_version) == (2 * HOUR, HOUR // 2, 2)
    assert (clock.running_since, clock.due_at) == (at("10 11:00"), at("10 13:30"))  # after lunch


def test_days_are_not_added_as_86400_seconds_across_a_clock_change() -> None:
    policy = Policy({Target.RESOLVE: {"P1": 9 * HOUR}}, calendar="plain")
    hours = Rules("America/New_York", ((Slot(480, 1020),),) * 5 + ((),) * 2)
    plain = Calendar.from_rules("plain", hours, date(2026, 3, 1), date(2026, 3, 31))
    opened = datetime(2026, 3, 6, 17, tzinfo=UTC)  # Friday noon
    incident = Incident(1, 1, 1, State.NEW, opened, policy="p", priority="P1")
    (clock,) = clocks_of(
        [Step(incident, Action.OPENED, opened, "b")], ClockSettings({"p": policy}, {"plain": plain})
    )
    assert clock.due_at == datetime(2026, 3, 9, 16, tzinfo=UTC)  # Monday noon


@pytest.mark.parametrize("reply_first", [True, False])
def test_reply_and_hold_in_one_save_keep_the_first_response(reply_first: bool) -> None:
    story = Story("10 09:00")
    if reply_first:
        story.update("10 09:40", batch="save", first_response_at="10 09:40")
        story.wait("10 09:40", batch="save")
    else:
        story.wait("10 09:40", batch="save")
        story.update("10 09:40", batch="save", first_response_at="10 09:40")
    clock = story.clock(Target.FIRST_RESPONSE)
    assert (clock.stopped_at, clock.consumed_s) == (at("10 09:40"), 40 * 60)
    assert state_of(clock, at("31 12:00")) == (ClockState.MET, at("10 09:40"))


def test_a_resolved_item_never_comes_due_later() -> None:
    for clock in (
        Story("10 09:00").resolve("10 09:30", acknowledged_at="10 09:30").clocks().values()
    ):
        assert (clock.running_since, clock.due_at, clock.meets_until) == (None, None, None)
        assert state_of(clock, at("31 12:00")).state is not ClockState.BREACHED


@pytest.mark.parametrize("state", [State.CLOSED, State.ACTIVE])
def test_a_merge_voids_all_clocks_for_good(state: State) -> None:
    story = Story("10 09:00").take("10 10:30", acknowledged_at="10 10:30")
    story.then("10 11:00", Action.LINKED, state=state, merged_into=5)
    clocks = story.clocks()
    assert [clock.consumed_s for clock in clocks.values()] == [5400, *[7200] * 4]
    for clock in clocks.values():
        assert (clock.running_since, clock.due_at, clock.breached_at) == (None, None, None)
        assert state_of(clock, at("31 12:00")) == (ClockState.VOID, at("10 11:00"))


@pytest.mark.parametrize("policy", [None, "abolished"])
def test_a_disabled_policy_leaves_no_clocks(policy: str | None) -> None:
    story = Story("10 09:00")
    assert story.clocks()
    assert not story.then("13 09:00", Action.POLICY_APPLIED, policy=policy).clocks()


def test_lunch_breaks_do_not_count() -> None:
    assert Story("10 11:30").resolving().due_at == at("10 13:30")


def test_deadlines_are_shown_where_they_were_computed() -> None:
    """The row names the calendar, whatever the reader's zone."""
    clock = Story("10 16:30").resolving()
    assert clock.due_at
    shown = CALENDARS[clock.calendar].local(clock.due_at)
    assert (clock.calendar, shown.isoformat()) == ("office", "2026-07-13T08:30:00-04:00")


# what each clock waits for


def test_acknowledge_stops_at_the_first_deliberate_act() -> None:
    story = Story("10 09:00").then("10 09:01", Action.ASSIGNED, assignee="li.wei")
    assert story.clock(Target.ACKNOWLEDGE).stopped_at is None
    clock = story.take("10 09:10", acknowledged_at="10 09:10").clock(Target.ACKNOWLEDGE)
    assert (clock.stopped_at, clock.consumed_s, clock.outcome) == (at("10 09:10"), 600, Outcome.MET)
    assert story.resolve("10 16:00").clock(Target.ACKNOWLEDGE) == clock


def test_acknowledging_by_resolving_counts() -> None:
    clock = (
        Story("10 09:00").resolve("10 09:20", acknowledged_at="10 09:20").clock(Target.ACKNOWLEDGE)
    )
    assert (clock.outcome, clock.consumed_s) == (Outcome.MET, 1200)


@pytest.mark.parametrize("target", [Target.ACKNOWLEDGE, Target.FIRST_RESPONSE])
def test_an_end_without_an_answer_is_void(target: Target) -> None:
    clock = Story("10 09:00").resolve("10 09:20").clock(target)
    assert (clock.outcome, clock.stopped_at, clock.consumed_s) == (
        Outcome.VOID,
        at("10 09:20"),
        1200,
    )
    assert state_of(clock, at("31 12:00")) == (ClockState.VOID, at("10 09:20"))


def test_an_end_without_an_answer_does_not_hide_a_breach() -> None:
    clock = Story("10 09:00").resolve("10 11:00").clock(Target.ACKNOWLEDGE)
    assert (clock.outcome, clock.breached_at) == (Outcome.BREACHED, at("10 10:00"))


def test_an_answer_after_the_end_is_none() -> None:
    story = Story("10 09:00").resolve("10 09:20")
    story.then("10 15:00", Action.COMMENTED, acknowledged_at="10 15:00")
    clock = story.clock(Target.ACKNOWLEDGE)
    assert (clock.outcome, clock.stopped_at) == (Outcome.VOID, at("10 09:20"))


def test_an_unanswered_incident_that_is_opened_again_can_still_be_answered() -> None:
    story = Story("10 09:00").resolve("10 09:20").reopen("10 11:00")
    assert story.clock(Target.ACKNOWLEDGE).due_at == at("10 11:40")
    clock = story.take("10 11:10", acknowledged_at="10 11:10").clock(Target.ACKNOWLEDGE)
    assert (clock.outcome, clock.consumed_s) == (Outcome.MET, 1800)


def test_first_and_total_resolution_are_different_clocks() -> None:
    story = Story("10 09:00").resolve("10 09:20").reopen("10 11:00").resolve("10 11:50")
    first, total = story.resolving(), story.clock(Target.TOTAL_RESOLVE)
    assert (first.consumed_s, first.stopped_at, first.outcome) == (
        1200,
        at("10 09:20"),
        Outcome.MET,
    )
    assert (total.consumed_s, total.stopped_at) == (1200 + 3000, at("10 11:50"))
    assert (total.outcome, total.breached_at) == (Outcome.BREACHED, at("10 11:40"))


@pytest.mark.parametrize(
    ("on_reopen", "consumed_s", "due"),
    [(OnReopen.CONTINUE, 1200, "10 11:40"), (OnReopen.RESTART, 0, "10 13:00")],
)
def test_a_reopening_continues_or_restarts(on_reopen: OnReopen, consumed_s: int, due: str) -> None:
    policy = replace(STANDARD, on_reopen=on_reopen)
    story = Story("10 09:00").resolve("10 09:20").reopen("10 11:00")
    total = story.clock(Target.TOTAL_RESOLVE, policy)
    assert (total.consumed_s, total.running_since) == (consumed_s, at("10 11:00"))
    assert total.due_at == (at(due) if consumed_s else at("10 12:00"))
    assert story.resolving(policy).stopped_at == at("10 09:20")


def test_every_update_asks_for_the_next() -> None:
    story = Story("10 09:00").update("10 09:50", first_response_at="10 09:50")
    clock = story.clock(Target.NEXT_UPDATE)
    assert (clock.consumed_s, clock.running_since, clock.due_at) == (
        0,
        at("10 09:50"),
        at("10 10:50"),
    )
    story.resolve("10 10:20").update("10 10:30")  # a word after the end starts nothing
    clock = story.clock(Target.NEXT_UPDATE)
    assert (clock.outcome, clock.stopped_at, clock.consumed_s) == (
        Outcome.MET,
        at("10 10:20"),
        1800,
    )
    assert story.reopen("10 11:00").clock(Target.NEXT_UPDATE).due_at == at("10 12:00")


# pauses, teams, changes


def test_snoozed_pauses_only_if_the_policy_says_so() -> None:
    story = Story("10 09:00").snooze("10 09:30")
    assert story.resolving().due_at == at("10 10:00")
    both = replace(STANDARD, pauses=frozenset({State.WAITING, State.SNOOZED}))
    assert story.resolving(both).paused_since == at("10 09:30")
    assert story.wait("10 09:40").resolving(both).paused_since == at("10 09:30")
    none = replace(STANDARD, pauses=frozenset())
    assert story.resolving(none).due_at == at("10 10:00")


def test_a_pause_is_resumed_exactly() -> None:
    story = (
        Story("10 09:00").wait("10 09:30").resume("13 10:00").wait("13 10:10").resume("14 16:50")
    )
    clock = story.resolving()
    assert (clock.consumed_s, clock.due_at) == (2400, at("15 08:10"))


def test_it_is_nearing_since_the_first_time_that_it_was() -> None:
    clock = Story("10 09:00").wait("10 09:50").resume("10 11:00").resolving()
    assert clock.due_at == at("10 11:10")
    assert state_of(clock, at("10 11:05")) == (ClockState.NEARING, at("10 09:48"))


def test_what_lasts_no_second_interrupts_nothing() -> None:
    story = Story("10 09:00").wait("10 09:30").resume("10 09:40").wait("10 09:40")
    assert story.resolving().paused_since == at("10 09:30")
    story = Story("10 09:00").wait("10 09:30").resume("10 09:30")
    assert story.resolving() == Story("10 09:00").resolving()


def test_rows_that_change_nothing_leave_the_clocks_alone() -> None:
    story = Story("10 09:00")
    clocks = story.clocks()
    story.then("10 09:05", Action.COMMENTED).then("10 09:06", Action.ATTACHED, events_total=3)
    assert story.clocks() == clocks


def test_each_span_counts_by_the_team_that_had_it() -> None:
    """9:00 to 9:30 in New York's hours, then in Rome's, which closed at 8:00 New York's time."""
    story = Story("10 09:00").then("10 09:30", Action.ASSIGNED, team="rome")
    clock = story.resolving()
    assert (clock.consumed_s, clock.calendar) == (1800, "early")
    assert (clock.running_since, clock.due_at) == (at("10 09:30"), at("11 00:30"))
    same = story.then("10 09:40", Action.ASSIGNED, team="rome", assignee="li.wei").resolving()
    assert same == clock
    back = story.then("10 13:30", Action.ASSIGNED, team="dispatch").resolving()
    assert (back.consumed_s, back.due_at) == (1800, at("10 14:00"))


def test_a_change_of_priority_holds_for_the_past_and_breaches_now_at_the_earliest() -> None:
    story = Story("10 09:00", priority="P2").then("10 11:00", Action.PRIORITIZED, priority="P1")
    clock = story.resolving()
    assert (clock.due_at, clock.changed_at) == (at("10 10:00"), at("10 11:00"))
    assert state_of(clock, at("10 11:30")) == (ClockState.BREACHED, at("10 11:00"))
    ended = story.resolve("10 11:30").resolving()
    assert (ended.breached_at, ended.outcome) == (at("10 11:00"), Outcome.BREACHED)


def test_a_more_generous_target_takes_a_breach_back() -> None:
    story = Story("10 09:00").wait("10 11:00")
    assert story.resolving().breached_at == at("10 10:00")
    story.then("10 14:00", Action.PRIORITIZED, priority="P2")
    assert state_of(story.resolving(), at("10 15:00")).state is ClockState.PAUSED


def test_a_target_that_a_priority_lacks_has_no_clock() -> None:
    policy = Policy({Target.RESOLVE: {"P1": HOUR}})
    assert set(Story("10 09:00").clocks(policy)) == {Target.RESOLVE}
    assert Story("10 09:00", priority="P3").clocks(policy) == {}
    assert Story("10 09:00", priority=None).clocks(policy) == {}
    assert clocks_of([], ClockSettings({})) == ()


def test_a_breach_before_a_pause_is_due_when_it_was() -> None:
    story = Story("10 09:00").wait("10 10:30").resume("13 10:00")
    assert state_of(story.resolving(), at("13 10:01")) == (ClockState.BREACHED, at("10 10:00"))


# undo


def test_undo_counts_the_gap() -> None:
    story = Story("10 09:00").wait("10 09:10", batch="hold")
    assert story.resolving().paused_since
    story.then("10 09:50", Action.UNDONE, undoes="hold", state=State.NEW)
    assert story.resolving() == Story("10 09:00").resolving()


def test_what_came_between_a_batch_and_its_undo_stays() -> None:
    story = Story("10 09:00").wait("10 09:10", batch="hold")
    story.then("10 09:20", Action.COMMENTED, acknowledged_at="10 09:20")
    story.update("10 09:30", first_response_at="10 09:30")
    story.then("10 09:50", Action.UNDONE, undoes="hold", state=State.NEW)
    clocks = story.clocks()
    assert clocks[Target.RESOLVE] == Story("10 09:00").resolving()
    assert clocks[Target.ACKNOWLEDGE].consumed_s == 1200
    assert clocks[Target.FIRST_RESPONSE].consumed_s == 1800
    assert clocks[Target.NEXT_UPDATE].due_at == at("10 10:30")


def test_what_was_said_in_a_batch_stays_when_it_is_undone() -> None:
    story = Story("10 09:00").update("10 09:30", batch="save", first_response_at="10 09:30")
    story.wait("10 09:30", batch="save")
    story.then("10 09:50", Action.UNDONE, undoes="save", state=State.NEW)
    clocks = story.clocks()
    assert clocks[Target.RESOLVE].due_at == at("10 10:00")
    assert clocks[Target.FIRST_RESPONSE].stopped_at == at("10 09:30")
    assert clocks[Target.NEXT_UPDATE].due_at == at("10 10:30")


def test_an_undone_reopening_restarts_nothing() -> None:
    policy = replace(STANDARD, on_reopen=OnReopen.RESTART)
    story = Story("10 09:00").resolve("10 09:20")
    ended = story.clocks(policy)
    story.then("10 09:30", Action.REOPENED, batch="again", state=State.ACTIVE)
    story.then("10 09:50", Action.UNDONE, undoes="again", state=State.RESOLVED)
    assert story.clocks(policy) == ended


def test_an_undone_resolve_never_was() -> None:
    story = Story("10 09:00").resolve("10 09:10", batch="end")
    story.then("10 09:50", Action.UNDONE, undoes="end", state=State.NEW)
    assert story.resolving().due_at == at("10 10:00")
    assert story.clock(Target.TOTAL_RESOLVE).due_at == at("10 10:00")


def test_an_undone_merge_gives_the_clocks_back() -> None:
    story = Story("10 09:00").then(
        "10 09:10", Action.LINKED, batch="merge", state=State.CLOSED, merged_into=5
    )
    story.then("10 09:50", Action.UNDONE, undoes="merge", state=State.NEW, merged_into=None)
    assert story.clocks() == Story("10 09:00").clocks()


def test_undoing_an_undo_restores() -> None:
    story = Story("10 09:00").wait("10 09:10", batch="hold")
    held = story.clocks()
    story.then("10 09:20", Action.UNDONE, batch="undo", undoes="hold", state=State.NEW)
    story.then("10 09:50", Action.UNDONE, batch="redo", undoes="undo", state=State.WAITING)
    assert story.clocks() == held
    story.then("10 09:55", Action.UNDONE, batch="again", undoes="hold", state=State.NEW)
    assert story.clocks() == Story("10 09:00").clocks()


def test_an_incident_whose_opening_was_undone_has_no_clocks() -> None:
    story = Story("10 09:00")
    story.then("10 09:50", Action.UNDONE, undoes="batch 1", state=State.CLOSED)
    assert story.clocks() == {}


def test_a_new_version_counts_from_when_it_came_whatever_is_undone_around_it() -> None:
    story = Story("10 09:00", policy_version=1).wait("10 09:10", batch="hold")
    story.then("10 09:20", Action.POLICY_APPLIED, policy_version=2)
    story.then("10 09:50", Action.UNDONE, undoes="hold", state=State.NEW)
    clock = story.resolving()
    assert (clock.policy_version, clock.changed_at) == (2, at("10 09:20"))


def test_an_undone_change_of_priority_was_no_change() -> None:
    story = Story("10 09:00").then("10 09:10", Action.PRIORITIZED, batch="p", priority="P2")
    story.then("10 09:20", Action.UNDONE, undoes="p", priority="P1")
    assert story.resolving().changed_at is None


# time


def test_moments_are_cut_to_the_second() -> None:
    story, fraction = Story("10 09:00"), timedelta(microseconds=999_999)
    story.steps[0] = replace(story.steps[0], at=story.steps[0].at + fraction)
    assert story.resolving() == Story("10 09:00").resolving()
    assert state_of(story.resolving(), at("10 10:00") + fraction).state is ClockState.NEARING


def test_a_row_that_claims_an_earlier_time_counts_from_the_row_before() -> None:
    clock = Story("10 09:00").wait("10 09:30").resume("10 09:20").resolving()
    assert (clock.consumed_s, clock.running_since) == (0, at("10 09:00"))
    acknowledged = Story("10 09:00").take("10 09:05", acknowledged_at="10 08:00")
    assert acknowledged.clock(Target.ACKNOWLEDGE).stopped_at == at("10 09:00")


def test_a_calendar_that_is_not_there_or_too_short_is_an_error() -> None:
    with pytest.raises(NotFound, match="no calendar 'missing'"):
        Story("10 09:00").resolving(replace(STANDARD, calendar="missing"))
    endless = Policy({Target.RESOLVE: {"P1": 10**8}})
    with pytest.raises(OutsideHorizon, match="'office' has no 100,000,000 open seconds"):
        Story("10 09:00").resolving(endless)


# equality with the reference

FIRST, LAST = date(2026, 3, 6), date(2026, 3, 10)  # New York's clocks go forward on the 8th
NIGHTS = Rules("America/New_York", ((Slot(0, 240), Slot(600, 601), Slot(1200, 1440)),) * 7)
HALVES = Rules("Australia/Lord_Howe", ((Slot(0, 720),), (Slot(360, 1080),)) * 3 + ((),))
RANDOM = {
    "nights": Calendar.from_rules("nights", NIGHTS, FIRST, LAST + timedelta(days=900)),
    "halves": Calendar.from_rules("halves", HALVES, FIRST, LAST + timedelta(days=900)),
}
SLOW = {"nights": SlowCalendar(NIGHTS, FIRST, LAST), "halves": SlowCalendar(HALVES, FIRST, LAST)}
RANDOM_TEAMS = {"night": "nights", "half": "halves"}
START = datetime(2026, 3, 7, 22, tzinfo=UTC)


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    """Draw what happens to an incident within ten hours around the clock change."""
    moments = sorted(draw(st.lists(st.integers(1, 36_000), max_size=7)))
    steps = [_first(draw)]
    for number, seconds in enumerate(moments):
        moment = START + timedelta(seconds=seconds)
        steps.append(_next(draw, steps[-1].incident, moment, f"batch {number}"))
    return steps


def _first(draw: st.DrawFn) -> Step:
    team, priority = draw(st.sampled_from(["night", "half"])), draw(st.sampled_from(["P1", "P2"]))
    opened = Incident(1, 1, 1, State.NEW, START, policy="p", priority=priority, team=team)
    return Step(opened, Action.OPENED, START, "opening")


def _next(draw: st.DrawFn, before: Incident, moment: datetime, batch: str) -> Step:
    kind = draw(st.sampled_from(["state", "state", "team", "priority", "answer", "update"]))
    after: dict[str, Any] = {}
    action = Action.COMMENTED
    if kind == "state":
        after["state"] = draw(st.sampled_from(State))
        if after["state"].is_open and not before.state.is_open:
            action = Action.REOPENED
    elif kind == "team":
        after["team"] = draw(st.sampled_from(["night", "half"]))
    elif kind == "priority":
        after["priority"] = draw(st.sampled_from(["P1", "P2"]))
    elif kind == "update":
        action, after["first_response_at"] = Action.UPDATED, before.first_response_at or moment
    else:
        after["acknowledged_at"] = before.acknowledged_at or moment
    return Step(replace(before, **after), action, moment, batch)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Draw a policy whose targets are about as long as the histories."""
    size = st.integers(60, 20_000)
    pausing = st.frozensets(st.sampled_from([State.WAITING, State.SNOOZED]))
    return Policy(
        targets={target: {"P1": draw(size), "P2": draw(size)} for target in Target},
        calendar=draw(st.sampled_from([None, "nights", "halves"])),
        pauses=draw(pausing),
        on_reopen=draw(st.sampled_from(OnReopen)),
        nearing=draw(st.sampled_from([0.5, 0.8, 1.0])),
    )


@settings(max_examples=60, deadline=None)
@given(history=histories(), policy=policies(), later=st.integers(0, 20_000))
def test_clocks_equal_the_reference_to_the_second(
    history: list[Step], policy: Policy, later: int
) -> None:
    now = history[-1].at + timedelta(seconds=later)
    slow = {team: SLOW[policy.calendar or name] for team, name in RANDOM_TEAMS.items()}
    for clock in random_clocks(history, policy):
        status, consumed = SlowClock(history, clock.target, policy, slow).standing(now)
        assert state_of(clock, now) == status
        running = RANDOM[clock.calendar].elapsed(clock.running_since, now) if (
            clock.running_since
        ) else 0  # fmt: skip
        assert clock.consumed_s + running == consumed


@settings(max_examples=100, deadline=None)
@given(history=histories(), policy=policies(), place=st.integers(0, 6), gap=st.integers(0, 3))
def test_an_undone_batch_never_was(
    history: list[Step], policy: Policy, place: int, gap: int
) -> None:
    """Hold the incident at some step, add comments, undo it before the next: as if it never was."""
    before = history[min(place, len(history) - 1)]
    held = replace(before.incident, state=State.WAITING, priority="P1", team="half")
    story = [Step(held, Action.SET_WAITING, before.at, "hold")]
    story += [Step(held, Action.COMMENTED, before.at, f"comment {n}") for n in range(gap)]
    story.append(Step(before.incident, Action.UNDONE, before.at, "undo", "hold"))
    cut = history.index(before) + 1
    with_undo = [*history[:cut], *story, *history[cut:]]
    assert random_clocks(with_undo, policy) == random_clocks(history, policy)


@settings(max_examples=100, deadline=None)
@given(history=histories(), policy=policies())
def test_what_a_clock_foretells_is_what_happens(history: list[Step], policy: Policy) -> None:
    """A running clock that nobody touches: resolved at its last good second it is met."""
    for clock in random_clocks(history, policy):
        if clock.target is not Target.TOTAL_RESOLVE or clock.meets_until is None:
            continue
        done = replace(history[-1].incident, state=State.RESOLVED)
        for moment, outcome in (
            (clock.meets_until, Outcome.MET),
            (clock.meets_until + timedelta(seconds=1), Outcome.BREACHED),
        ):
            if moment < history[-1].at:
                continue
            ended = [*history, Step(done, Action.RESOLVED, moment, "end")]
            assert by_target(random_clocks(ended, policy))[clock.target].outcome is outcome


def random_clocks(history: Sequence[Step], policy: Policy) -> tuple[Clock, ...]:
    return clocks_of(history, ClockSettings({"p": policy}, RANDOM, RANDOM_TEAMS))


def by_target(clocks: Sequence[Clock]) -> dict[Target, Clock]:
    return {clock.target: clock for clock in clocks}


def test_a_status_says_what_and_since_when() -> None:
    assert state_of(Story("10 09:00").resolving(), at("10 09:10")) == Status(
        ClockState.RUNNING, at("10 09:00")
    )
