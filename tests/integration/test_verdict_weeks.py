"""Which weeks a verdict goes by: those that are known, settled, and found by the same rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from opsloop.errors import Refused
from opsloop.improvements import Improvement, Part
from opsloop.service import Service
from opsloop.service.judging import Judgement, judge, review, revisited
from opsloop.service.sync.health import HEALTH_ID
from opsloop.service.weekly import series_of
from opsloop.store import verdicts
from opsloop.warehouse.serving import ServingCopy
from tests.integration.improving import (
    PART,
    START,
    WEEKS_BEFORE,
    Clock,
    fallen,
    published,
    registered,
)
from tests.integration.weekly_copy import FIRST_WEEK, LATE, Figures, Run, calm, incident, publish

HEALTH, BY_HAND = Part("monitor", HEALTH_ID), Part("monitor", "(none)")
NEW = ("monitor", "mon_new")
BEGAN = 30  # the week in which the new monitor ran first
NORTH = '{"carrier": "north"}'
PARTS = (
    Part("total", "all"),
    Part("team", "shipping"),
    Part("type", "late"),
    Part("entity_type", "order"),
    Part("mon_reviews.carrier", "north"),
)


def key(part: Part) -> tuple[str, str]:
    """Return a part as published rows name it."""
    return part.dimension, part.value


def unknown(copy: ServingCopy, metric: str, part: Part) -> list[int]:
    """Return the unknown weeks of a figure, by their number."""
    weeks = series_of(copy, metric, part).weeks
    return [(monday - FIRST_WEEK).days // 7 for monday, figure in weeks.items() if figure is None]


def judged(service: Service, copy: ServingCopy, improvement: Improvement) -> Judgement:
    """Return what the figures say of an improvement today."""
    with service.store.engines.read() as connection:
        return judge(copy, improvement, verdicts.changes(connection))


def test_what_stands_in_no_run_is_known_in_every_week(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    now_and_then: Figures = [3 if week % 7 == 0 else None for week in range(20)]
    by_hand: Figures = [None] * 20
    copy = publish(
        tmp_path,
        service.store,
        events={LATE: calm(20), key(HEALTH): now_and_then, key(BY_HAND): by_hand},
        runless=[HEALTH_ID, BY_HAND.value],
        incidents=[incident(monitor) for monitor in ("mon_late_orders", HEALTH_ID, None)],
    )
    for metric in ("arrivals", "events"):
        figures = series_of(copy, metric, HEALTH).weeks.values
        assert figures == tuple(figure or 0 for figure in now_and_then[1:])
    assert series_of(copy, "arrivals", BY_HAND).weeks.values == (0,) * 19
    with pytest.raises(Refused, match="What no monitor found has no events of monitors"):
        series_of(copy, "events", BY_HAND)


def test_the_monitors_own_health_is_unknown_while_none_runs(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    figures = [*calm(10), None, None, *calm(4)]
    health: Figures = [None] * 16
    copy = publish(
        tmp_path,
        service.store,
        events={LATE: figures, key(HEALTH): health},
        runless=[HEALTH_ID],
        incidents=[incident("mon_late_orders"), incident(HEALTH_ID)],
    )
    assert unknown(copy, "arrivals", HEALTH) == [10, 11]


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


def with_a_new_monitor(
    service: Service, clock: Clock, tmp_path: Path, finders: Sequence[str | None]
) -> ServingCopy:
    """Publish parts of a monitor that began in a week; before it, the tables hold zeros."""
    since: Figures = [0.0] * BEGAN + [90.0, *fallen(8, 18)[BEGAN + 1 :]]
    ran: Figures = [None] * BEGAN + list(since[BEGAN:])
    parts = [key(part) for part in PARTS[:-1]]
    return publish(
        tmp_path,
        service.store,
        events={
            LATE: fallen(8, 18),
            NEW: ran,
            ("mon_new.carrier", "north"): since,
            **dict.fromkeys(parts, since),
        },
        incidents=[incident(finder, "shipping", NORTH) for finder in finders],
        at=clock.later(8).replace(tzinfo=None),
    )


@pytest.mark.parametrize(
    "part", [*PARTS[:-1], Part(*NEW), Part("mon_new.carrier", "north")], ids=str
)
def test_weeks_before_a_monitor_ran_first_are_unknown_of_all_that_it_finds(
    service: Service, clock: Clock, tmp_path: Path, part: Part
) -> None:
    copy = with_a_new_monitor(service, clock, tmp_path, ["mon_new"])
    for metric in ("events", "arrivals"):
        # the monitor began within the first, and found then what had gathered before
        assert unknown(copy, metric, part) == [*range(1, BEGAN + 1)]
    said = judged(service, copy, registered(service, part=part))
    assert said.in_words().startswith("not yet known: fewer than 26 known weeks before it")


@pytest.mark.parametrize("other", ["mon_late_orders", None], ids=["a monitor", "people"])
@pytest.mark.parametrize("part", PARTS[:-1], ids=str)
def test_a_monitor_that_began_beside_others_makes_a_part_not_comparable(
    service: Service, clock: Clock, tmp_path: Path, part: Part, other: str | None
) -> None:
    copy = with_a_new_monitor(service, clock, tmp_path, ["mon_new", other])
    assert unknown(copy, "arrivals", part) == []
    of_part = registered(service, part=part, metric="arrivals")
    against_it = registered(service, metric="arrivals", control=part)
    for one in (of_part, against_it):
        said = judged(service, copy, one)
        week = FIRST_WEEK + timedelta(weeks=BEGAN)
        assert said.found.verdict == "not comparable"
        assert said.in_words().endswith(f"Began: mon_new in the week of {week:%d %b %Y}.")
    assert judged(service, copy, registered(service)).found.verdict == "helped"


def with_missed(
    service: Service,
    clock: Clock,
    tmp_path: Path,
    figures: Figures,
    running: Mapping[int, int],
) -> ServingCopy:
    """Publish missed service levels, and how many still run, by the number of the week."""
    rows = [
        {"dimension": LATE[0], "dimension_value": LATE[1], "target": "resolve"}
        | {"week_start": FIRST_WEEK + timedelta(weeks=week)}
        | {"missed": int(figure or 0), "running": running.get(week, 0)}
        for week, figure in enumerate(figures)
    ]
    return publish(
        tmp_path,
        service.store,
        events={LATE: calm(len(figures))},
        extra={"rpt_service_levels_weekly": rows},
        at=clock.later(len(figures) - WEEKS_BEFORE).replace(tzinfo=None),
    )


def test_the_last_look_waits_until_clocks_have_stopped(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    one = registered(service, metric="missed")
    quick = fallen(8, 37)
    fifth = WEEKS_BEFORE + 4
    copy = with_missed(service, clock, tmp_path, quick, {fifth: 12, fifth + 2: 1})
    review(service.store, copy, {}, clock())
    [early] = service.improvement(one.improvement_id).verdicts
    assert early.known_through == START + timedelta(weeks=4, days=-1)
    assert (early.verdict, early.weeks_after) == ("not yet known", 4)
    week = FIRST_WEEK + timedelta(weeks=fifth)
    assert early.says.endswith(
        f"It waits for the week of {week:%d %b %Y} until each service level of it is met or"
        " missed (12 still running): the weeks that are known first are the quick ones."
    )
    clock.later(9)
    waiting = with_missed(service, clock, tmp_path, [*quick, 37.0], {fifth: 2})
    assert review(service.store, waiting, {}, clock()).verdicts == 0  # nothing more is known
    assert "(2 still running)" in judged(service, waiting, one).in_words()
    slow = [*quick[:fifth], 90.0, *quick[fifth + 1 :], 37.0, 37.0]
    settled = with_missed(service, clock, tmp_path, slow, {})
    assert review(service.store, settled, {}, clock()).verdicts == 1
    last = service.improvement(one.improvement_id).verdicts[-1]
    assert (last.verdict, last.weeks_after) == ("not yet known", 8)
    assert "waits" not in last.says
    assert review(service.store, settled, {}, clock()).verdicts == 0
    given = revisited(settled, service.store, one)
    assert [(was.is_other, was.has_other_figures) for was in given] == [(False, False)] * 2


def with_resolves(
    service: Service,
    clock: Clock,
    tmp_path: Path,
    figures: Figures,
    running: Mapping[int, int],
) -> ServingCopy:
    """Publish weekly medians until resolved, and how many incidents are still open."""
    return publish(
        tmp_path,
        service.store,
        events={LATE: calm(len(figures))},
        resolve=figures,
        running=running,
        at=clock.later(len(figures) - WEEKS_BEFORE).replace(tzinfo=None),
    )


def test_nothing_is_said_of_quick_weeks_behind_a_slow_one(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    one = registered(service, metric="resolve")
    medians: list[float | None] = [100.0 * figure for figure in fallen(8, 18) if figure]
    medians[WEEKS_BEFORE] = None
    copy = with_resolves(service, clock, tmp_path, medians, {WEEKS_BEFORE: 7, 20: 1})
    assert review(service.store, copy, {}, clock()).verdicts == 0
    said = judged(service, copy, one)
    assert said.known_through == START - timedelta(days=1)
    assert said.in_words().startswith("not yet known: fewer than 2 known weeks after it.")
    assert "until half of it is resolved (7 still running)" in said.in_words()
    medians[WEEKS_BEFORE] = 9000.0
    medians.append(1800.0)
    copy = with_resolves(service, clock, tmp_path, medians, {WEEKS_BEFORE: 3})
    assert review(service.store, copy, {}, clock()).verdicts == 1
    last = service.improvement(one.improvement_id).verdicts[-1]
    assert last.weeks_after == 8


def test_a_week_without_incidents_is_not_waited_for(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    one = registered(service, metric="resolve")
    medians: list[float | None] = [100.0 * figure for figure in fallen(8, 18) if figure]
    medians[WEEKS_BEFORE + 2] = None
    copy = with_resolves(service, clock, tmp_path, medians, {})
    review(service.store, copy, {}, clock())
    [last] = service.improvement(one.improvement_id).verdicts
    assert (last.verdict, last.weeks_after) == ("helped", 7)


def test_a_slow_week_of_the_control_is_waited_for_too(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    figures = fallen(8, 18)
    control = Part("monitor", "mon_control")
    rows = [
        {"dimension": "monitor", "dimension_value": monitor, "target": "resolve"}
        | {"week_start": FIRST_WEEK + timedelta(weeks=week), "missed": int(figure or 0)}
        | {"running": int(monitor == control.value and week == WEEKS_BEFORE + 6)}
        for monitor in (LATE[1], control.value)
        for week, figure in enumerate(figures)
    ]
    one = registered(service, metric="missed", control=control)
    copy = publish(
        tmp_path,
        service.store,
        events={LATE: figures, key(control): figures},
        extra={"rpt_service_levels_weekly": rows},
        at=clock.later(8).replace(tzinfo=None),
    )
    said = judged(service, copy, one)
    assert said.known_through == START + timedelta(weeks=6, days=-1)
    assert said.found.weeks_after == 6


REVIEWS: list[Run] = [
    ("mon_reviews", datetime(2025, 1, 6, 6, tzinfo=UTC), "a"),
    ("mon_reviews", datetime(2025, 12, 2, 6, tzinfo=UTC), "b"),
]


@pytest.mark.parametrize("side", ["treated", "control"])
@pytest.mark.parametrize("part", PARTS, ids=str)
def test_a_changed_rule_of_any_finder_makes_either_side_not_comparable(
    service: Service, clock: Clock, tmp_path: Path, part: Part, side: str
) -> None:
    of_sides: dict[str, Any] = {"part": part} if side == "treated" else {"control": part}
    one = registered(service, **of_sides)
    figures = fallen(8, 18)
    copy = publish(
        tmp_path,
        service.store,
        events={LATE: figures, key(part): figures, ("monitor", "mon_reviews"): figures},
        incidents=[incident("mon_reviews", "shipping", NORTH), incident("mon_late_orders")],
        runs=REVIEWS,
        at=clock.later(8).replace(tzinfo=None),
    )
    review(service.store, copy, {}, clock())
    [kept] = service.improvement(one.improvement_id).verdicts
    assert kept.verdict == "not comparable"
    assert kept.says.endswith("Changed: the rule of mon_reviews on 02 Dec 2025.")


def test_a_changed_rule_counts_for_a_team_that_handed_its_incidents_on(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    team = Part("team", "shipping")
    one = registered(service, part=team, metric="arrivals")
    figures = fallen(8, 18)
    held = [{"incident_id": 1, "to_team": name} for name in ("shipping", "care")]
    copy = publish(
        tmp_path,
        service.store,
        events={LATE: figures, key(team): figures},
        incidents=[incident("mon_reviews", "care")],
        runs=REVIEWS,
        extra={"fct_incident_transitions": held},
        at=clock.later(8).replace(tzinfo=None),
    )
    review(service.store, copy, {}, clock())
    [kept] = service.improvement(one.improvement_id).verdicts
    assert kept.verdict == "not comparable"


@pytest.mark.parametrize("part", PARTS, ids=str)
def test_a_grouping_that_changed_makes_a_part_not_comparable(
    service: Service, clock: Clock, tmp_path: Path, part: Part
) -> None:
    one = registered(service, part=part, metric="arrivals")

    def published(weeks: int) -> ServingCopy:
        figures = fallen(weeks, 18)
        return publish(
            tmp_path,
            service.store,
            events={key(part): figures, ("monitor", "mon_reviews"): figures},
            incidents=[incident("mon_reviews", "shipping", NORTH)],
            at=clock.later(weeks).replace(tzinfo=None),
        )

    review(service.store, published(2), {"mon_reviews": ("entity_id",)}, clock())
    review(service.store, published(3), {"mon_reviews": ("carrier",)}, clock())
    review(service.store, published(4), {"mon_reviews": ("carrier",)}, clock())
    last = service.improvement(one.improvement_id).verdicts[-1]
    assert last.verdict == "not comparable"
    day = START + timedelta(weeks=3)
    assert last.says.endswith(f"Changed: the grouping of mon_reviews on {day:%d %b %Y}.")
