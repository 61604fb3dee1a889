"""What the rows of a case say happened, in order: the acts, each with its moment. Pure.

A milestone (`once` with `at`) stands where its moment falls among the rows, not where its row does.
What the states say of the same is left out then, since a column's moment is the exact one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile
from typing import Any

from opsloop.importing.schema import ImportMap, RowRule
from opsloop.importing.telling import Fired, Told
from opsloop.importing.words import StateWord
from opsloop.types import State

_ENDS = {"resolved": State.RESOLVED, "closed": State.CLOSED}
# what is said in the row that opens a case is how it was opened, and nobody's act on it
_PART_OF_OPENING = ("opened", "assigned", "prioritized", "classified", "commented")
# where in its row an act stands
_REOPENS, _RULE, _STATE, _MILESTONE = 0, 10, 40, 50


@dataclass(slots=True)
class Act:
    """Something that happened.

    Args:
        place: (the row among those of its case, where within it).
        word: an action of the map, or None for a change of state.
        times: how often; a counter may have moved by several.
        total: what the counter says by then.
        is_exact: whether its moment comes from a column of its own.
    """

    place: tuple[int, int]
    at: datetime
    told: Told
    word: str | None
    state: StateWord | None = None
    rule: RowRule | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    times: int = 1
    total: int | None = None
    is_exact: bool = False


@dataclass(slots=True)
class Course:
    """The course of a case.

    Args:
        opened_at: when it was opened, or where the log first sees it.
        starts_in_middle: whether something came before that the log does not have.
        is_opening_known: whether `opened_at` is when it was opened.
        acts: by row, in order; the opening's own row has what it says beside.
        shown: rows of which an act that stands elsewhere says all.
    """

    opened_at: datetime
    starts_in_middle: bool
    is_opening_known: bool
    rows: Sequence[Told]
    moments: Sequence[datetime]
    acts: Mapping[int, Sequence[Act]]
    shown: set[int]


class EndsBeforeItOpens(Exception):
    """The case's end stands before its opening."""


def course_of(plan: ImportMap, rows: Sequence[Told], *, lacks_start: bool) -> Course:
    """Return the course of a case's rows, which are in order.

    Args:
        lacks_start: whether a row before the first was left out.

    Raises:
        EndsBeforeItOpens: nothing that lasts can be said of it.
    """
    moments: list[datetime] = []
    for told in rows:  # a row's clock may be behind: time never goes back within a case
        moments.append(max(moments[-1], told.at) if moments else told.at)
    opened_at, is_known = _opening(plan, rows)
    acts = list(_acts_of_rows(rows, moments))
    milestones = [*_milestones(plan, rows, moments)]
    ends = [_own_moment(act) for act in (*acts, *milestones) if _is_end(act)]
    stated = opened_at or moments[0]
    if ends and stated > max(ends):
        raise EndsBeforeItOpens
    if any(act.is_exact and act.at < stated for act in milestones if _is_end(act)):
        raise EndsBeforeItOpens
    shown: set[int] = set()
    for milestone in milestones:
        covered = _covered(milestone, acts)
        if covered is not None:
            acts.remove(covered)
            if covered.told is milestone.told:
                shown.add(covered.place[0])
    by_row: dict[int, list[Act]] = {}
    for act in sorted([*acts, *milestones], key=lambda one: one.place):
        by_row.setdefault(act.place[0], []).append(act)
    begins_new = rows[0].state is None or rows[0].state.state is State.NEW
    return Course(
        min(stated, moments[0]),
        lacks_start or not is_known or not begins_new,
        is_known and not lacks_start,
        rows,
        moments,
        by_row,
        shown,
    )


def _opening(plan: ImportMap, rows: Sequence[Told]) -> tuple[datetime | None, bool]:
    """Return when a case was opened (None = with its first row), and whether the log has it."""
    openings = [number for number, rule in enumerate(plan.rows) if rule.action == "opened"]
    if not openings:
        return None, True
    rule = plan.rows[openings[0]]
    fired = [told.fired[openings[0]] for told in rows]
    if rule.at is not None:
        stated = next((one.at for one in fired if one.holds and one.at), None)
        return stated, stated is not None
    first = next((place for place, one in enumerate(fired) if one.holds), None)
    if first is None:
        return None, False
    # rows before its opening are known, so that it began earlier than the log says
    return (None, True) if first == 0 else (rows[first].at, False)


def _acts_of_rows(rows: Sequence[Told], moments: Sequence[datetime]) -> Iterator[Act]:
    """Yield what each row says by its rules, its counters and its state."""
    known: StateWord | None = None
    counts: dict[int, int] = {}  # of each rule; what is not counted yet began at 0
    for place, (told, at) in enumerate(zip(rows, moments, strict=True)):
        for number, fired in enumerate(told.fired):
            rule = fired.rule
            if not fired.holds and rule.delta is None:
                continue
            times = 1
            if rule.delta is not None:
                times = 0 if fired.count is None else fired.count - counts.get(number, 0)
                counts[number] = counts.get(number, 0) + times
            is_milestone = rule.at is not None or rule.once is not None
            is_opening = place == 0 and rule.delta is None and rule.action in _PART_OF_OPENING
            if fired.holds and times > 0 and not is_milestone and not is_opening:
                order = (place, _RULE + number)
                values, total = fired.values, fired.count
                yield Act(order, at, told, rule.action, None, rule, values, times, total)
        if told.state is None:
            continue
        if place and known != told.state:
            reopens = known is not None and not known.state.is_open and told.state.state.is_open
            yield Act((place, _REOPENS if reopens else _STATE), at, told, None, told.state)
        known = told.state


def _milestones(
    plan: ImportMap, rows: Sequence[Told], moments: Sequence[datetime]
) -> Iterator[Act]:
    """Yield the acts of rules with `once` or with a moment of their own."""
    for number, rule in enumerate(plan.rows):
        if rule.action == "opened" or (rule.once is None and rule.at is None):
            continue
        fired = [told.fired[number] for told in rows]
        for place in _places(rule, fired):
            at = fired[place].at
            stands = place
            if at is not None:
                stands = min(place, bisect_right(moments, at) - 1)
            yield Act(
                (stands, _MILESTONE + number),
                at or moments[place],
                rows[place],
                rule.action,
                None,
                rule,
                fired[place].values,
                is_exact=at is not None,
            )


def _places(rule: RowRule, fired: Sequence[Fired]) -> list[int]:
    """Return the rows at which a rule with `once`, or with a moment of its own, says something."""
    holding = [place for place, one in enumerate(fired) if one.holds]
    telling = [place for place in holding if rule.at is None or fired[place].at is not None]
    if rule.once == "first":
        return telling[:1]
    if rule.once == "last":
        return _last(rule, fired, holding)
    return [
        place
        for number, place in enumerate(telling)
        if number == 0 or fired[place].at != fired[telling[number - 1]].at
    ]


def _last(rule: RowRule, fired: Sequence[Fired], holding: Sequence[int]) -> list[int]:
    """Return the row at which a rule with `once: last` says something.

    A moment stays with the first row that says it, so that a log can grow by rows that repeat it.
    One that was taken back at the end is none.
    """
    if not holding or rule.at is None:
        return list(holding[-1:])
    at = fired[holding[-1]].at
    if at is None:
        return []
    run = takewhile(lambda place: fired[place].at == at, reversed(holding))
    return [min(run)]


def _covered(milestone: Act, acts: Sequence[Act]) -> Act | None:
    """Return the change of state that a milestone says more exactly."""
    state = _ENDS.get(milestone.word or "")
    if state is None or not milestone.is_exact or milestone.rule is None:
        return None
    changes = [act for act in acts if act.word is None and act.state is not None]
    into = [act for act in changes if act.state and act.state.state is state]
    if not into:
        return None
    if milestone.rule.once == "first":
        return into[0]
    last = into[-1]
    opened = [act.at for act in changes if act.place < last.place and act.place[1] == _REOPENS]
    return last if not opened or milestone.at >= opened[-1] else None


def _own_moment(act: Act) -> datetime:
    """Return when an act was by its own row, also where that lies before the row in front."""
    return act.at if act.is_exact else act.told.at


def _is_end(act: Act) -> bool:
    if act.word is None:
        return act.state is not None and not act.state.state.is_open
    return act.word in _ENDS
