"""A figure as the page and the report show it: numbers, a chart, and the table beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from opsloop.reporting import words
from opsloop.reporting.leads import Lead
from opsloop.service.figures.parts import Part, Row
from opsloop.service.figures.periods import Period

if TYPE_CHECKING:
    from opsloop.reporting.drawing import Drawing

Found = TypeVar("Found")
Cells = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class View:
    """What is looked at: a part of the work, a period, and the one to compare it with."""

    part: Part
    period: Period
    before: Period | None = None


def looking_at(
    part: Part,
    period: Period,
    known_from: date | None,
    through: datetime | None = None,
    beside: date | None = None,
) -> View:
    """Return what is looked at, with an earlier period of the same length to compare with.

    Args:
        known_from: since when figures are known; a period that begins before that is nothing to
            compare with.
        through: until when; a period that begins after that is not compared. None = for ever.
        beside: the first day of the earlier one; None = it is the one right before.
    """
    before = period.before() if beside is None else period.earlier(beside)
    if through and has_not_begun(period, through):
        before = None
    is_known = before and before.since and known_from and before.since >= known_from
    return View(part, period, before if is_known else None)


def in_words(period: Period, through: datetime) -> str:
    """Return a period as people say it; one that is not over says so.

    Args:
        through: until when figures are known.
    """
    if period.is_all:
        return "all time"
    if period.since is None or period.last_day is None:
        ends = [("from", period.since), ("until", period.last_day)]
        return " ".join(f"{word} {words.day(day)}" for word, day in ends if day)
    text = words.days(period.since, period.last_day)
    if has_not_begun(period, through):
        return f"{text}, not begun yet"
    return text if period.last_day < through.date() else f"{text}, not over yet"


def has_not_begun(period: Period, through: datetime) -> bool:
    """Return whether a period begins after all that figures know."""
    return period.since is not None and period.since > through.date()


def unknown_days(period: Period, known_from: date | None, through: datetime) -> str:
    """Return of which days of a period nothing is known; empty if of none.

    Args:
        known_from: since when figures are known of what is looked at; None = of no day.
        through: until when.
    """
    if has_not_begun(period, through):
        return f"Nothing is known of these days: figures end on {words.day(through.date())}."
    if known_from is None or (period.since is None and period.until is None):
        return ""
    begin = f"figures begin on {words.day(known_from)}."
    if period.until and period.until <= known_from:
        return f"Nothing is known of these days: {begin}"
    if period.since and period.since < known_from:
        return f"Nothing is known of the days before: {begin}"
    return ""


@dataclass(frozen=True, slots=True)
class Number:
    """A number under a figure's title.

    Attributes:
        note: what it rests on, or what it was before.
        lead: the way to what it counts; None = there is none.
    """

    label: str
    value: str
    note: str = ""
    lead: Lead | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with what it shows.

    Attributes:
        key: its name in widgets and anchors.
        about: in one sentence, what is drawn.
        draw: makes the chart; told whether it stands on a dark ground. None = nothing to draw.
        table: the same in words.
        leads: the way to what each of its rows counts, row by row; none = there are none.
        missing: what to say where there is nothing.
    """

    key: str
    title: str
    about: str
    numbers: Sequence[Number] = ()
    draw: Callable[[bool], Drawing] | None = None
    table: Cells = field(default_factory=list)
    leads: Sequence[Lead | None] = ()
    missing: str = "Nothing to draw here yet."


def both(view: View, ask: Callable[[Period], Found]) -> tuple[Found, Found | None]:
    """Return what is found in the period, and in the one to compare it with, if there is one."""
    return ask(view.period), None if view.before is None else ask(view.before)


def count(
    label: str,
    name: str,
    now: Row,
    before: Row | None,
    lead: Lead | None = None,
) -> Number:
    """Return a count, with what it was before and the difference; never as a percentage.

    Args:
        name: the count's column.
    """
    note = "" if before is None else _beside(now[name], before[name])
    return Number(label, f"{now[name]:,}", note, lead if now[name] else None)


def text(
    label: str,
    said: Callable[[Row], str],
    now: Row,
    before: Row | None,
    note: str = "",
    lead: Lead | None = None,
) -> Number:
    """Return what is said of a row, with what would have been said before."""
    earlier = None if before is None else said(before)
    was = "" if earlier in (None, words.UNKNOWN) else f"before: {earlier}"
    return Number(label, said(now), joined(note, was), lead)


def joined(*notes: str) -> str:
    """Return notes as one."""
    return "  ·  ".join(note for note in notes if note)


def _beside(now: int, before: int) -> str:
    difference = f"{now - before:+,}".replace("-", "−") if now != before else "the same"
    return f"before: {before:,} ({difference})"
