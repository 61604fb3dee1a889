"""Improvements and retrospectives in the store, and verdicts over published weeks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from opsloop.errors import Forbidden, NotFound, Refused
from opsloop.improvements import Improvement, Part, Stage, Step
from opsloop.retrospectives import ItemState
from opsloop.service import Service
from opsloop.service.figures import parts
from opsloop.service.judging import (
    judge,
    require_judgeable,
    review,
    revisited,
    screened_changes,
)
from opsloop.service.outlook import forecasts, stability
from opsloop.service.proposals import proposal, proposals
from opsloop.service.ways import compared, ways_of
from opsloop.service.weekly import series_of
from opsloop.store import Store, tables
from opsloop.warehouse.serving import ServingCopy
from tests.integration.event_tables import ADA, BO, CONFIG
from tests.integration.test_roles import CY, ROLES
from tests.integration.weekly_copy import FIRST_WEEK, LATE, Figures, Run, calm, publish, resolved

WEEKS_BEFORE = 60
START = FIRST_WEEK + timedelta(weeks=WEEKS_BEFORE)
NOW = datetime(START.year, START.month, START.day, 9, tzinfo=UTC)
PART = Part(*LATE)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def later(self, weeks: int) -> datetime:
        """Return the moment so many weeks after the start, and go there."""
        self.now = NOW + timedelta(weeks=weeks)
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Return a clock at the start of the improvement."""
    return Clock()


@pytest.fixture
def service(store: Store, clock: Clock) -> Service:
    """Return the use cases, with roles in force."""
    return Service(store, ROLES, clock)


def registered(service: Service, **more: Any) -> Improvement:
    """Register and start an improvement of the late orders' events."""
    given: dict[str, Any] = {
        "title": "Ask the carrier earlier",
        "hypothesis": "They answer by noon.",
        "part": PART,
        "metric": "events",
        "team": "shipping",
        "start_day": START,
    }
    one = service.open_improvement(ADA, **{**given, **more})
    return service.start_improvement(one.improvement_id, ADA)


def fallen(weeks_after: int, level: int) -> Figures:
    """Return calm weeks of about 40, and then some of about `level`."""
    return [*calm(WEEKS_BEFORE), *calm(weeks_after, level)]


def published(
    service: Service, clock: Clock, tmp_path: Path, figures: Figures, **more: Any
) -> ServingCopy:
    """Publish weekly events of the late orders up to as many weeks as there are figures."""
    at = clock.later(len(figures) - WEEKS_BEFORE).replace(tzinfo=None)
    return publish(tmp_path, service.store, events={LATE: figures}, at=at, **more)


def test_a_fall_helped_and_the_verdict_stays_as_it_was_given(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    number = registered(service).improvement_id
    given = []
    for week in (1, 1, 2, 5, 8, 9):
        copy = published(service, clock, tmp_path, fallen(week, 18))
        given.append(review(service.store, copy, {}, clock()).verdicts)
    # one for each week that was published, until the horizon is over, and none after it
    assert given == [1, 0, 1, 1, 1, 0]
    detail = service.improvement(number)
    words = [one.verdict for one in detail.verdicts]
    assert words[:2] == ["not yet known"] * 2  # nobody believes what is green after two weeks
    last = detail.verdicts[-1]
    assert last.verdict == "helped"
    assert last.known_through == START + timedelta(weeks=8, days=-1)
    assert last.change == pytest.approx(-0.55, abs=0.05)
    assert last.low is not None
    assert last.high is not None
    assert last.low < last.change < last.high < 0
    assert (last.weeks_before, last.weeks_after) == (52, 8)
    assert last.says.startswith("helped: 5")
    assert detail.view.verdict == last


def test_without_a_fall_nothing_is_known_and_its_power_says_so(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    number = registered(service).improvement_id
    copy = published(service, clock, tmp_path, [*calm(WEEKS_BEFORE + 8)])
    review(service.store, copy, {}, clock())
    [kept] = service.improvement(number).verdicts
    assert kept.verdict == "not yet known"
    assert kept.power is not None
    assert 0.5 < kept.power < 1
    assert "is found by the horizon in" in kept.says


def test_busy_and_quiet_weeks_say_how_many_more_would_tell(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    noisy = [
        figure * (1 + week % 3) for week, figure in enumerate(calm(WEEKS_BEFORE + 4)) if figure
    ]
    number = registered(service).improvement_id
    copy = published(service, clock, tmp_path, noisy)
    review(service.store, copy, {}, clock())
    [kept] = service.improvement(number).verdicts
    assert kept.verdict == "not yet known"
    assert kept.weeks_needed is not None
    assert kept.weeks_needed > 8
    assert kept.weeks_more == kept.weeks_needed - 4  # of which are over
    assert f"{kept.weeks_more} more weeks" in kept.says


RUNS: list[Run] = [
    ("mon_late_orders", datetime(2025, 1, 6, 6, tzinfo=UTC), "a"),
    ("mon_late_orders", datetime(2025, 12, 1, 6, tzinfo=UTC), "b"),
    ("mon_late_orders", datetime(2025, 12, 2, 6, tzinfo=UTC), "b"),
]


def test_a_rule_that_changed_makes_it_not_comparable(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    number = registered(service).improvement_id
    copy = published(service, clock, tmp_path, fallen(8, 18), runs=RUNS)
    assert review(service.store, copy, {}, clock()).rule_changes == 1
    [kept] = service.improvement(number).verdicts
    assert kept.verdict == "not comparable"
    assert kept.says.endswith("Changed: the rule of mon_late_orders on 01 Dec 2025.")
    assert kept.change is None
    assert review(service.store, copy, {}, clock()).rule_changes == 0


def test_minutes_are_minutes_whatever_a_rule_finds(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    number = registered(service, metric="minutes").improvement_id
    minutes = [
        {"dimension": LATE[0], "dimension_value": LATE[1], "minutes": 10 * (figure or 0)}
        | {"week_start": FIRST_WEEK + timedelta(weeks=week)}
        for week, figure in enumerate(fallen(8, 18))
    ]
    # the monitor itself ran in no week after its change
    figures = [*calm(WEEKS_BEFORE), *[None] * 8]
    work = {"rpt_work_weekly": minutes}
    copy = published(service, clock, tmp_path, figures, runs=RUNS, extra=work)
    assert review(service.store, copy, {}, clock()).rule_changes == 1
    [kept] = service.improvement(number).verdicts
    assert kept.verdict == "helped"


def test_a_change_of_another_monitor_counts_where_it_found_something(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    others: list[Run] = [("mon_reviews", at, rule) for _, at, rule in RUNS]
    of_team = registered(service, part=Part("team", "shipping")).improvement_id
    of_monitor = registered(service).improvement_id
    incidents = [
        resolved("mon_reviews", 3, "fixed", 60),
        resolved("mon_late_orders", 3, "fixed", 60),
    ]
    at = clock.later(8).replace(tzinfo=None)
    figures = fallen(8, 18)
    copy = publish(
        tmp_path,
        service.store,
        events={LATE: figures, ("team", "shipping"): figures},
        runs=others,
        incidents=incidents,
        at=at,
    )
    review(service.store, copy, {}, clock())
    said = {
        view.improvement.improvement_id: view.verdict.verdict
        for view in service.improvements()
        if view.verdict
    }
    assert said == {of_team: "not comparable", of_monitor: "helped"}


def test_a_grouping_that_changed_is_registered_when_it_shows(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    copy = published(service, clock, tmp_path, fallen(2, 18), runs=RUNS[:1])
    first = {"mon_late_orders": ("entity_id",)}
    assert review(service.store, copy, first, clock()).rule_changes == 0
    assert review(service.store, copy, first, clock()).rule_changes == 0
    other = {"mon_late_orders": ("carrier", "route")}
    clock.later(3)
    assert review(service.store, copy, other, clock()).rule_changes == 1
    [found] = screened_changes(copy, service.store)
    assert (found.change.aspect, found.change.before) == ("grouping", "entity_id")
    assert found.change.after == "carrier, route"
    assert found.change.changed_at == clock()


def test_changes_that_registered_themselves_are_screened_together(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    begins = datetime(2025, 1, 6, 6, tzinfo=UTC)
    parts = {("monitor", f"mon_{place:02d}"): calm(WEEKS_BEFORE + 8) for place in range(12)}
    parts["monitor", "mon_00"] = list(fallen(8, 12))
    runs: list[Run] = [
        (monitor, at, rule) for _, monitor in parts for at, rule in ((begins, "a"), (NOW, "b"))
    ]
    at = clock.later(8).replace(tzinfo=None)
    copy = publish(tmp_path, service.store, events=parts, runs=runs, at=at)
    assert review(service.store, copy, {}, clock()).rule_changes == 12
    found = {
        one.change.monitor_id: one.judgement.found for one in screened_changes(copy, service.store)
    }
    assert {name for name, one in found.items() if one.is_claimed} == {"mon_00"}
    adjusted = [one.adjusted_p_value for one in found.values()]
    assert all(value is not None for value in adjusted)
    step = found["mon_00"].step
    assert step is not None
    assert found["mon_00"].adjusted_p_value == pytest.approx(step.p_value * 12, rel=0.01)


def test_last_month_does_not_change_in_silence(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    number = registered(service).improvement_id
    copy = published(service, clock, tmp_path, fallen(8, 18))
    review(service.store, copy, {}, clock())
    improvement = service.improvement(number).view.improvement
    [same] = revisited(copy, service.store, improvement)
    assert not same.is_other
    assert not same.has_other_figures
    clock.later(9)
    later = list(fallen(9, 18))
    later[WEEKS_BEFORE + 1] = 19.0  # a late row
    slightly = published(service, clock, tmp_path, later)
    review(service.store, slightly, {}, clock())
    [changed] = revisited(slightly, service.store, improvement)
    assert changed.has_other_figures
    assert not changed.is_other
    quite = published(service, clock, tmp_path, [*calm(WEEKS_BEFORE + 10)])
    [other] = revisited(quite, service.store, improvement)
    assert other.is_other
    assert other.kept.verdict == "helped"
    assert service.improvement(number).verdicts == (other.kept,)


def test_a_moved_start_gets_a_verdict_of_its_own(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    number = registered(service).improvement_id
    copy = published(service, clock, tmp_path, fallen(4, 18))
    review(service.store, copy, {}, clock())
    with pytest.raises(Refused, match="another start needs a reason"):
        service.move_improvement(number, ADA, to=START + timedelta(weeks=1))
    service.move_improvement(number, ADA, to=START + timedelta(weeks=1), text="it came later")
    assert service.improvement(number).view.verdict is None
    review(service.store, copy, {}, clock())
    detail = service.improvement(number)
    assert [one.plan_version for one in detail.verdicts] == [1, 3]
    assert detail.view.improvement.late_moves == 1
    assert [(row.step, row.is_late, row.text) for row in detail.history] == [
        (Step.OPENED, False, None),
        (Step.STARTED, False, None),
        (Step.MOVED, True, "it came later"),
    ]
    first, second = revisited(copy, service.store, detail.view.improvement)
    assert first.today is None
    assert second.today is not None


def test_what_is_not_made_or_was_given_up_is_not_judged(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    proposed = service.open_improvement(ADA, title="Later", part=PART, metric="events")
    dropped = registered(service)
    service.drop_improvement(dropped.improvement_id, ADA, text="the carrier left")
    done = registered(service)
    service.finish_improvement(done.improvement_id, ADA, text="it stays")
    copy = published(service, clock, tmp_path, fallen(8, 18))
    assert review(service.store, copy, {}, clock()).verdicts == 1
    assert service.improvement(done.improvement_id).view.verdict is not None
    with pytest.raises(Refused, match="has no start yet"):
        judge(copy, proposed, [])


def test_what_was_registered_late_shows(service: Service, clock: Clock) -> None:
    number = registered(service, start_day=START - timedelta(days=3)).improvement_id
    assert service.improvement(number).view.is_registered_late
    assert not service.improvement(registered(service).improvement_id).view.is_registered_late


def test_weeks_in_which_a_monitor_did_not_run_are_unknown_of_every_count(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    figures = list(fallen(8, 18))
    figures[10:14] = [None] * 4
    copy = published(service, clock, tmp_path, figures)
    for metric in ("events", "arrivals"):
        series = series_of(copy, metric, PART)
        unknown = [monday for monday, figure in series.weeks.items() if figure is None]
        assert unknown == [FIRST_WEEK + timedelta(weeks=week) for week in range(10, 14)]
        assert series.weeks.first == FIRST_WEEK + timedelta(weeks=1)  # the log began within it
        assert series.known_through == START + timedelta(weeks=8, days=-1)


def test_a_target_that_still_runs_is_not_yet_missed(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    weeks = [FIRST_WEEK + timedelta(weeks=number) for number in range(1, 5)]
    of_part = {"dimension": LATE[0], "dimension_value": LATE[1]}
    rows = [
        of_part | {"week_start": week, "target": target, "missed": missed, "running": running}
        for week, target, missed, running in (
            (weeks[0], "resolve", 3, 0),
            (weeks[0], "acknowledge", 1, 0),
            (weeks[1], "resolve", 2, 4),
            (weeks[3], "resolve", 0, 0),
        )
    ]
    copy = published(service, clock, tmp_path, calm(5), extra={"rpt_service_levels_weekly": rows})
    series = series_of(copy, "missed", PART)
    assert series.weeks.values == (4, None, 0, 0)


def imported(
    service: Service, clock: Clock, tmp_path: Path, *windows: dict[str, Any]
) -> ServingCopy:
    """Publish twenty weeks of an imported log, and what its imports declare."""
    none: dict[str, Any] = {"window_from": None, "window_to": None, "complete_for": None}
    found = [{"source": "other", **none}, *windows]
    at = datetime(2026, 3, 4, 9)  # noqa: DTZ001, as the warehouse has it
    numbered = [
        {"import_id": number, "imported_at": at, "rows_imported": 1200} | one
        for number, one in enumerate(found, start=1)
    ]
    return publish(
        tmp_path,
        service.store,
        events={("source", "desk"): calm(20)},
        at=clock.later(8).replace(tzinfo=None),
        extra={"rpt_imports": numbered},
    )


def window(first: date, last: date, complete_for: str = "opened") -> dict[str, Any]:
    return {
        "source": "desk",
        "window_from": first,
        "window_to": last,
        "complete_for": complete_for,
    }


def test_an_imported_log_is_known_within_its_window_alone(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    source = Part("source", "desk")
    copy = imported(service, clock, tmp_path)
    with pytest.raises(Refused, match="Nothing that counts was imported from 'desk'"):
        series_of(copy, "arrivals", source)
    with pytest.raises(
        Refused, match=r"'other' declares no window \(import 1 of 04 Mar 2026, 1,200 rows\): where"
    ):
        series_of(copy, "arrivals", Part("source", "other"))
    with pytest.raises(Refused, match="Nothing that counts was imported from 'desk'"):
        require_judgeable(copy, "arrivals", source)
    with pytest.raises(Refused, match="has no events of monitors"):
        series_of(copy, "events", source)


def test_weeks_that_a_window_does_not_hold_are_unknown(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    first, last = FIRST_WEEK + timedelta(days=8), FIRST_WEEK + timedelta(weeks=15, days=3)
    copy = imported(service, clock, tmp_path, window(first, last))
    series = series_of(copy, "arrivals", Part("source", "desk"))
    known = [monday for monday, figure in series.weeks.items() if figure is not None]
    assert known == [FIRST_WEEK + timedelta(weeks=week) for week in range(2, 15)]
    # nothing is expected to follow on weeks that the log does not tell of
    assert series.known_through == FIRST_WEEK + timedelta(weeks=15, days=-1)


def test_windows_that_meet_are_one(service: Service, clock: Clock, tmp_path: Path) -> None:
    middle = FIRST_WEEK + timedelta(weeks=5, days=2)
    later = window(middle + timedelta(days=1), FIRST_WEEK + timedelta(weeks=10, days=-1))
    copy = imported(service, clock, tmp_path, later, window(FIRST_WEEK, middle))
    series = series_of(copy, "arrivals", Part("source", "desk"))
    assert [figure is None for figure in series.weeks.values] == [False] * 10


def test_a_log_cut_by_its_closing_dates_is_refused(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    closed = window(FIRST_WEEK, START, "closed")
    copy = imported(service, clock, tmp_path, closed)
    with pytest.raises(
        Refused, match=r"for what was closed in its window \(import 2 of 04 Mar 2026, 1,200 rows\)"
    ):
        series_of(copy, "arrivals", Part("source", "desk"))
    for one in (*forecasts(copy, "source", "desk", 8), *stability(copy, "source", "desk")):
        assert "rise from nothing" in str(getattr(one, "reason", None) or one.forecast.reason)


def test_only_a_lead_of_the_team_registers(service: Service) -> None:
    with pytest.raises(Forbidden, match=r"'improve' needs a lead of shipping\. Ask ada.moreno"):
        service.open_improvement(BO, title="x", part=PART, metric="events", team="shipping")
    # whoever says that nobody's team has it is no lead for that
    with pytest.raises(Forbidden, match="'improve' needs a lead"):
        service.open_improvement(BO, title="x", part=PART, metric="events")
    one = registered(service)
    with pytest.raises(Forbidden, match="'improve' needs a lead of shipping"):
        service.drop_improvement(one.improvement_id, CY, text="no")
    assert service.improvement(one.improvement_id).view.improvement.stage is Stage.RUNNING
    assert len(service.refusals(person="bo.larsen")) == 2


def test_what_is_named_has_to_exist(service: Service) -> None:
    given: dict[str, Any] = {"title": "x", "part": PART, "metric": "events", "team": "shipping"}
    for wrong, says in (
        ({"owner": "nobody"}, "no person 'nobody'"),
        ({"team": "shed"}, "no team 'shed'"),
        ({"retrospective_id": 9}, "no retrospective 9"),
    ):
        with pytest.raises(NotFound, match=says):
            service.open_improvement(ADA, **{**given, **wrong})
    with pytest.raises(NotFound, match="no improvement 9"):
        service.start_improvement(9, ADA)
    assert service.improvements() == []


PROPOSAL = {
    "proposal_key": "automate:mon_late_orders:fixed",
    "kind": "automate",
    "dimension": "monitor",
    "dimension_value": "mon_late_orders",
    "title": "Automate the answer to late orders",
    "reason": "19 of 20 were resolved as fixed.",
    "stake_minutes": 120.0,
    "stake_incidents": 20.0,
    "rank": 1,
    "metric": "minutes",
    "target_change": -0.5,
}


def test_a_proposal_is_worked_on_once(service: Service, clock: Clock, tmp_path: Path) -> None:
    bare = published(service, clock, tmp_path, calm(5))
    assert proposals(bare) == []
    with pytest.raises(NotFound, match="No proposals were published yet"):
        proposal(bare, "automate:x")
    copy = published(service, clock, tmp_path, calm(6), extra={"rpt_proposals": [PROPOSAL]})
    with pytest.raises(NotFound, match="Did you mean 'automate:mon_late_orders:fixed'"):
        proposal(copy, "automate:mon_late_order:fixed")
    found = proposal(copy, PROPOSAL["proposal_key"])
    key = found.proposal_key
    one = registered(service, part=found.part, metric=found.metric, proposal_key=key)
    with pytest.raises(Refused, match=f"Improvement {one.improvement_id} comes from the proposal"):
        registered(service, proposal_key=key)
    service.drop_improvement(one.improvement_id, ADA, text="too dear")
    assert registered(service, proposal_key=key).proposal_key == key


def test_proposals_for_a_part_are_about_the_monitors_that_work_for_it(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    kinds = {
        "tune:late": ("monitor", "mon_late_orders"),
        "tune:reviews": ("monitor", "mon_reviews"),
        "move_capacity:care": ("team", "care"),
        "tune:half": ("monitor", "mon_half"),
    }
    rows = [
        PROPOSAL | {"proposal_key": key, "dimension": dimension, "dimension_value": value}
        for key, (dimension, value) in kinds.items()
    ]
    ranked = [row | {"rank": rank} for rank, row in enumerate(rows, start=1)]
    had = [("mon_late_orders", "shipping", 40, 3), ("mon_late_orders", "care", 40, 1)]
    had += [("mon_late_orders", "care", 2, 9), ("mon_reviews", "care", 40, 1)]
    had += [("mon_half", "care", 40, 1), ("mon_half", "shipping", 40, 1)]
    incidents = [
        resolved(monitor, week, "fixed", 60) | {"team": team}
        for monitor, team, week, count in had
        for _ in range(count)
    ]
    more = {"rpt_proposals": ranked}
    copy = published(service, clock, tmp_path, calm(41), incidents=incidents, extra=more)

    def about(*part: str) -> list[str]:
        return [one.proposal_key for one in proposals(copy, parts.Part(*part))]

    assert about() == [*kinds]
    # long ago late orders were care's
    assert about("team", "shipping") == ["tune:late"]
    assert about("team", "care") == ["tune:reviews", "move_capacity:care"]
    assert about("monitor", "mon_half") == ["tune:half"]
    assert about("type", "late") == ["tune:late", "tune:reviews", "tune:half"]
    assert about("source", "desk") == []


def test_ways_of_resolving_are_compared_by_week(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    hour = 3600.0
    incidents = [
        resolved("mon_late_orders", week, code, (hours + week % 3) * hour)
        for week in range(20)
        for code, hours in (("fixed", 4), ("fixed", 5), ("accepted", 1), ("cleared_by_itself", 9))
    ]
    incidents += [resolved("mon_late_orders", 2, "false_alarm", hour)]
    copy = published(service, clock, tmp_path, calm(5), incidents=incidents)
    usual, quick, rare = ways_of(copy, "mon_late_orders")
    assert [(one.name, one.incidents) for one in (usual, quick, rare)] == [
        ("fixed", 40),
        ("accepted", 20),
        ("false_alarm", 1),
    ]
    assert usual.median_seconds == 5.5 * hour
    against = {one.way.name: one for one in compared([usual, quick, rare])}
    assert against["accepted"].is_claimed
    assert against["accepted"].compared.change == pytest.approx(-0.65, abs=0.1)
    assert against["accepted"].in_words().startswith("quicker")
    assert not against["false_alarm"].is_claimed
    assert "12 are needed" in against["false_alarm"].in_words()
    assert compared(ways_of(copy, "mon_other")) == []
    [team] = ways_of(copy, "mon_late_orders", "team")
    assert (team.name, team.incidents) == ("shipping", 61)


def test_a_retrospective_begins_with_what_became_of_the_last(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    first = service.open_retrospective(ADA, team="shipping", from_day=FIRST_WEEK, to_day=START)
    number = first.retrospective_id
    with pytest.raises(Refused, match=f"Retrospective {number} is still open"):
        service.open_retrospective(ADA, team="shipping")
    improvement = registered(service, retrospective_id=number).improvement_id
    service.note(number, BO, text="Late orders again")
    service.decide(number, ADA, text="Ask earlier", improvement_id=improvement)
    asked = service.give_action(
        number, ADA, text="Call the carrier", owner="bo.larsen", improvement_id=improvement
    )
    left = service.give_action(number, ADA, text="Count boxes", owner="cy.ruiz", due_day=START)
    assert service.last_actions() == []  # it is not over
    service.close_retrospective(number, ADA)
    with pytest.raises(Refused, match="is closed"):
        service.note(number, BO, text="one more")
    service.settle_action(asked.item_id, BO, is_done=True, text="they answered")
    copy = published(service, clock, tmp_path, fallen(8, 18))
    review(service.store, copy, {}, clock())
    done, still = service.last_actions("shipping")
    assert (done.said.item.state, done.said.settled_text) == (ItemState.DONE, "they answered")
    assert done.improvement is not None
    assert done.improvement.verdict is not None
    assert done.improvement.verdict.verdict == "helped"
    assert (still.said.item.item_id, still.is_overdue) == (left.item_id, True)
    assert service.last_actions("care") == []
    second = service.open_retrospective(ADA, team="shipping")
    view = service.retrospective(second.retrospective_id)
    assert [one.said.text for one in view.begins_with] == ["Call the carrier", "Count boxes"]
    service.settle_action(left.item_id, CY, is_done=False, text="no boxes")
    service.close_retrospective(second.retrospective_id, ADA)
    third = service.open_retrospective(ADA, team="shipping")
    begins_with = service.retrospective(third.retrospective_id).begins_with
    assert [one.said.text for one in begins_with] == ["Count boxes"]
    kinds = [one.said.item.kind for one in service.retrospective(number).items]
    assert kinds == ["agenda", "decision", "action", "action"]


def test_each_team_has_its_last_actions(service: Service) -> None:
    def held(team: str | None, *texts: str) -> int:
        number = service.open_retrospective(ADA, team=team).retrospective_id
        for text in texts:
            service.give_action(number, ADA, text=text, owner="ada.moreno")
        service.close_retrospective(number, ADA)
        return number

    held("shipping", "Call", "Count")
    done, _ = service.last_actions("shipping")
    service.settle_action(done.said.item.item_id, ADA, is_done=True)
    held("shipping", "Pack")
    held(None, "Tidy up")
    told = [(one.said.text, one.team) for one in service.last_actions()]
    assert told == [("Tidy up", None), ("Count", "shipping"), ("Pack", "shipping")]
    assert [one.said.text for one in service.last_actions("shipping")] == ["Count", "Pack"]


def test_who_may_in_a_retrospective(service: Service) -> None:
    with pytest.raises(Forbidden, match="'decide' needs a lead of shipping"):
        service.open_retrospective(BO, team="shipping")
    number = service.open_retrospective(ADA, team="shipping").retrospective_id
    service.note(number, BO, text="a member's point")
    with pytest.raises(Forbidden, match="'note' needs a member of shipping"):
        service.note(number, CY, text="from outside")
    action = service.give_action(number, ADA, text="Do it", owner="bo.larsen")
    with pytest.raises(Forbidden, match="'note' needs a member of shipping"):
        service.settle_action(action.item_id, CY, is_done=True)
    with pytest.raises(Refused, match="dropped for a reason"):
        service.settle_action(action.item_id, BO, is_done=False)
    with pytest.raises(NotFound, match="no action 99"):
        service.settle_action(99, BO, is_done=True)
    with pytest.raises(NotFound, match="no person 'nobody'"):
        service.give_action(number, ADA, text="x", owner="nobody")
    with pytest.raises(Refused, match="There is no text"):
        service.note(number, BO, text=" ")
    with pytest.raises(Refused, match="there is no day"):
        service.open_retrospective(ADA, from_day=START, to_day=START)


@pytest.mark.parametrize(
    "table", ["improvement_log", "improvement_verdicts", "rule_changes", "retrospective_log"]
)
def test_what_was_said_cannot_be_changed(
    service: Service, clock: Clock, tmp_path: Path, table: str
) -> None:
    registered(service)
    service.open_retrospective(ADA, team="shipping")
    review(
        service.store, published(service, clock, tmp_path, fallen(3, 18), runs=RUNS), {}, clock()
    )
    for statement in (f"update {table} set recorded_at = null", f"delete from {table}"):
        sql = statement.replace("recorded_at", "kept_at") if "verdicts" in table else statement
        with (
            pytest.raises(sa.exc.DatabaseError, match="append-only"),
            service.store.engines.writer.connect() as connection,
        ):
            connection.execute(sa.text(sql))


def test_verify_finds_what_no_log_says(service: Service) -> None:
    registered(service)
    number = service.open_retrospective(ADA, team="shipping").retrospective_id
    service.give_action(number, ADA, text="Do it", owner="bo.larsen")
    writes = (
        (tables.improvements, {"target": -0.9}, {"target": -0.3}),
        (tables.retrospectives, {"team": "care"}, {"team": "shipping"}),
        (tables.retrospective_items, {"owner": "cy.ruiz"}, {"owner": "bo.larsen"}),
    )
    store = service.store
    for table, wrong, right in writes:
        with store.engines.write() as connection:
            connection.execute(sa.update(table).values(**wrong))
        [fault] = store.verify().faults
        assert str(next(iter(wrong.values()))) in fault
        with store.engines.write() as connection:
            connection.execute(sa.update(table).values(**right))


acts = st.lists(
    st.tuples(
        st.sampled_from(
            ["open", "start", "move", "finish", "drop", "gather", "note", "act", "end"]
        ),
        st.integers(1, 3),
        st.integers(-9, 9),
    ),
    max_size=12,
)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=acts)
def test_whatever_happens_the_log_says_how_it_stands(
    service: Service, acts: list[tuple[str, int, int]]
) -> None:
    for act, number, days in acts:
        day = START + timedelta(days=days)
        try:
            match act:
                case "open":
                    service.open_improvement(
                        ADA, title="x", part=PART, metric="events", team="shipping", start_day=day
                    )
                case "start":
                    service.start_improvement(number, ADA)
                case "move":
                    service.move_improvement(number, ADA, to=day, text="why" if days > 0 else None)
                case "finish":
                    service.finish_improvement(number, ADA)
                case "drop":
                    service.drop_improvement(number, ADA, text="why")
                case "gather":
                    service.open_retrospective(ADA, team="shipping")
                case "note":
                    service.note(number, BO, text="x")
                case "act":
                    service.give_action(number, ADA, text="x", owner="bo.larsen", due_day=day)
                case "end":
                    service.settle_action(number, BO, is_done=days > 0, text="x")
        except (Refused, NotFound):
            continue
    assert service.store.verify().faults == ()


def test_without_roles_and_people_a_name_is_enough(store: Store, clock: Clock) -> None:
    free = CONFIG.model_copy(update={"people": frozenset(), "roles": None})
    one = Service(store, free, clock).open_improvement(
        BO, title="x", part=Part("total", "all"), metric="arrivals", owner="somebody"
    )
    assert (one.owner, one.team) == ("somebody", None)
