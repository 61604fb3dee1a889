"""The life of an improvement and of a retrospective's actions, without a store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsloop import improvements as rules
from opsloop.errors import Refused
from opsloop.improvements import METRICS, Aspect, Improvement, Part, Row, Stage, Step
from opsloop.retrospectives import (
    Entry,
    ItemKind,
    ItemState,
    fold,
    fold_item,
    require_open,
    require_settleable,
)
from opsloop.retrospectives import Row as Minute
from opsloop.service.rule_changes import Seen, news
from opsloop.store.verdicts import RuleChange

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
TODAY = MONDAY.date()
LATER, EARLIER = TODAY + timedelta(days=7), TODAY - timedelta(days=7)
REGISTERED: Mapping[str, Any] = {
    "stage": Stage.PROPOSED,
    "owner": "ada",
    "title_id": "t",
    "dimension": "monitor",
    "dimension_value": "mon_late",
    "metric": "arrivals",
    "target": -0.3,
    "horizon_weeks": 8,
}


def row(version: int, step: Step, after: Mapping[str, Any], *, is_late: bool = False) -> Row:
    return Row(1, version, step, MONDAY + timedelta(hours=version), "ada", after, is_late)


def registered(**more: Any) -> Improvement:
    return rules.fold(None, row(1, Step.OPENED, {**REGISTERED, **more}))


def test_what_is_registered_stays_until_a_row_says_otherwise() -> None:
    one = registered(start_day=LATER, control_dimension="team", control_value="care")
    assert (one.stage, one.plan_version, one.late_moves) == (Stage.PROPOSED, 1, 0)
    assert (str(one.part), str(one.control)) == ("monitor mon_late", "team care")
    started = rules.fold(one, row(2, Step.STARTED, rules.start(one, None, TODAY, None)))
    assert (started.stage, started.start_day, started.plan_version) == (Stage.RUNNING, LATER, 1)
    moved = rules.fold(started, row(3, Step.MOVED, rules.move(started, TODAY, TODAY, None)))
    assert (moved.start_day, moved.plan_version, moved.opened_by) == (TODAY, 3, "ada")
    done = rules.fold(moved, row(4, Step.FINISHED, rules.finish(moved)))
    assert (done.stage, done.plan_version, done.version) == (Stage.DONE, 3, 4)
    assert done.is_measured


def test_a_start_that_nobody_registered_is_today() -> None:
    assert rules.start(registered(), None, TODAY, None)["start_day"] == TODAY
    assert not rules.is_late(registered(), {"start_day": TODAY}, TODAY)


def test_a_start_in_the_past_needs_a_reason_and_shows() -> None:
    """Whoever sees the outcome could choose the day that suits it."""
    for one in (registered(), registered(start_day=LATER)):
        for refused in (
            lambda one=one: rules.start(one, EARLIER, TODAY, None),
            lambda one=one: rules.move(one, EARLIER, TODAY, " "),
        ):
            with pytest.raises(Refused, match=r"is over: a start .* needs a reason"):
                refused()
        after = rules.start(one, EARLIER, TODAY, "it was forgotten")
        assert after["start_day"] == EARLIER
        assert rules.is_late(one, after, TODAY)


def test_a_start_that_began_is_moved_for_a_reason_and_shows() -> None:
    one = registered(start_day=EARLIER)
    for refused in (
        lambda: rules.move(one, LATER, TODAY, None),
        lambda: rules.move(one, LATER, TODAY, "  "),
        lambda: rules.start(one, LATER, TODAY, None),
    ):
        with pytest.raises(Refused, match=r"began on .* another start needs a reason"):
            refused()
    after = rules.move(one, LATER, TODAY, "the carrier was late")
    assert rules.is_late(one, after, TODAY)
    assert rules.fold(one, row(2, Step.MOVED, after, is_late=True)).late_moves == 1
    assert not rules.is_late(registered(start_day=LATER), {"start_day": TODAY}, TODAY)
    with pytest.raises(Refused, match=r"starts on .* already"):
        rules.move(one, EARLIER, TODAY, "why")


def test_what_is_over_is_over() -> None:
    dropped = replace(registered(), stage=Stage.DROPPED)
    for refused in (
        lambda: rules.start(dropped, None, TODAY, None),
        lambda: rules.move(dropped, LATER, TODAY, "why"),
        lambda: rules.finish(dropped),
        lambda: rules.drop(dropped, "why"),
    ):
        with pytest.raises(Refused, match="is dropped: it cannot be"):
            refused()
    with pytest.raises(Refused, match="dropped for a reason"):
        rules.drop(registered(), " ")
    with pytest.raises(Refused, match="is proposed: it cannot be finished"):
        rules.finish(registered())


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"title": " "}, "0 characters"),
        ({"title": "x" * 201}, "201 characters"),
        ({"metric": "arrival"}, r"no metric 'arrival'\. Did you mean 'arrivals'"),
        ({"target": 0.3}, r"\+30%"),
        ({"target": 0.0}, "less is better"),
        ({"target": -1.5}, "less is better"),
        ({"horizon_weeks": 1}, "1 weeks"),
        ({"horizon_weeks": 53}, "53 weeks"),
        ({"control": Part("team", "desk")}, "no control"),
    ],
)
def test_what_could_not_be_judged_is_not_registered(wrong: dict[str, Any], says: str) -> None:
    sound: dict[str, Any] = {
        "title": "Ask earlier",
        "part": Part("team", "desk"),
        "metric": "arrivals",
        "target": -0.3,
        "horizon_weeks": 8,
        "control": None,
    }
    rules.registration(**sound)
    with pytest.raises(Refused, match=says):
        rules.registration(**{**sound, **wrong})


ACTS: Mapping[str, Callable[[Improvement], dict[str, Any]]] = {
    "start": lambda one: rules.start(one, None, TODAY, None),
    "move": lambda one: rules.move(one, LATER, TODAY, None),
    "move_late": lambda one: rules.move(one, EARLIER, TODAY, "why"),
    "finish": rules.finish,
    "drop": lambda one: rules.drop(one, "why"),
}


@given(st.lists(st.sampled_from(sorted(ACTS)), max_size=8), st.sampled_from([None, EARLIER, LATER]))
def test_however_it_lives_the_plan_moves_only_with_the_plan(
    acts: list[str], start_day: date | None
) -> None:
    one = registered(**({"start_day": start_day} if start_day else {}))
    for act in acts:
        before = one
        try:
            after = ACTS[act](before)
        except Refused:
            continue
        late = rules.is_late(before, after, TODAY)
        one = rules.fold(before, row(before.version + 1, Step.MOVED, after, is_late=late))
        assert one.version == before.version + 1
        is_same_plan = one.start_day == before.start_day
        assert is_same_plan == (one.plan_version == before.plan_version)
        assert (one.metric, one.target, one.title_id) == ("arrivals", -0.3, "t")
        is_in_sight = before.has_begun(TODAY) or (one.start_day or TODAY) < TODAY
        assert one.late_moves - before.late_moves == (not is_same_plan and is_in_sight)
        assert not before.stage.is_over


def test_every_metric_says_what_it_is() -> None:
    assert {word for word, metric in METRICS.items() if metric.is_duration} == {
        "acknowledge",
        "resolve",
        "answer",
    }


def minute(version: int, entry: Entry, item: int | None, **after: Any) -> Minute:
    return Minute(1, version, entry, MONDAY, "ada", after, item, f"text {version}")


def test_an_action_is_settled_once_and_only_an_action() -> None:
    action = fold_item(None, minute(2, Entry.NOTED, 1, kind="action", owner="bo", due_day=LATER))
    assert (action.state, action.owner, action.due_day) == (ItemState.OPEN, "bo", LATER)
    require_settleable(action, ItemState.DONE, None)
    with pytest.raises(Refused, match="dropped for a reason"):
        require_settleable(action, ItemState.DROPPED, "")
    done = fold_item(action, minute(3, Entry.SETTLED, 1, state="done"))
    assert (done.state, done.settled_by, done.settled_text_id) == ("done", "ada", "text 3")
    with pytest.raises(Refused, match="is done already"):
        require_settleable(done, ItemState.DONE, None)
    note = fold_item(None, minute(4, Entry.NOTED, 2, kind=ItemKind.AGENDA))
    with pytest.raises(Refused, match="no action but of the kind 'agenda'"):
        require_settleable(note, ItemState.DONE, None)


def test_a_closed_retrospective_takes_nothing_more() -> None:
    opened = fold(None, minute(1, Entry.OPENED, None, team="desk", from_day=EARLIER))
    require_open(opened)
    closed = fold(opened, minute(2, Entry.CLOSED, None))
    assert (closed.closed_by, closed.team, closed.version) == ("ada", "desk", 2)
    with pytest.raises(Refused, match="is closed"):
        require_open(closed)


def seen(day: int, value: str, monitor: str = "mon_late") -> Seen:
    return Seen(monitor, Aspect.RULE, MONDAY + timedelta(days=day), value)


def told(found: list[Seen], known: list[RuleChange]) -> list[tuple[int, str | None, str]]:
    """Return what is news 30 days after the first Monday, as (day, before, after)."""
    by_key = {(one.monitor_id, one.aspect): one for one in known}
    now = MONDAY + timedelta(days=30)
    return [
        ((one.since - MONDAY).days, before, one.value) for one, before in news(found, by_key, now)
    ]


def known(day: int, value: str) -> RuleChange:
    at = MONDAY + timedelta(days=day)
    return RuleChange(1, "mon_late", Aspect.RULE, at, None, value, at)


def test_a_rule_that_changed_is_news_once() -> None:
    history = [seen(0, "a"), seen(3, "b"), seen(5, "a")]
    assert told(history, []) == [(0, None, "a"), (3, "a", "b"), (5, "b", "a")]
    assert told(history, [known(3, "b")]) == [(5, "b", "a")]
    assert told(history, [known(5, "a")]) == []


def test_a_past_that_was_told_anew_counts_from_now() -> None:
    assert told([seen(0, "new")], [known(3, "old")]) == [(30, "old", "new")]
    # and when it is looked at again, nothing is
    assert told([seen(0, "new")], [known(30, "new")]) == []
    assert told([seen(0, "x"), seen(1, "old")], [known(3, "old")]) == []


@given(st.lists(st.tuples(st.integers(0, 20), st.sampled_from("abc")), max_size=8), st.data())
def test_looking_in_parts_finds_what_looking_once_does(
    history: list[tuple[int, str]], data: st.DataObject
) -> None:
    days = sorted(dict(history).items())
    stretches = [
        seen(day, value)
        for place, (day, value) in enumerate(days)
        if place == 0 or days[place - 1][1] != value
    ]
    at_once = told(stretches, [])
    cut = data.draw(st.integers(0, len(stretches)))
    first = told(stretches[:cut], [])
    kept = [known(first[-1][0], first[-1][2])] if first else []
    assert first + told(stretches, kept) == at_once
