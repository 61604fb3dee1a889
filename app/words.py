"""How things are said on the pages: ages, times, amounts, names. Pure; plain text only."""

from __future__ import annotations

from datetime import UTC, datetime

from opsloop.types import Severity, State

MINUTE, HOUR, DAY = 60, 3600, 86400

STATE_WORDS = {
    State.NEW: "New",
    State.ACTIVE: "Active",
    State.WAITING: "Waiting",
    State.SNOOZED: "Snoozed",
    State.RESOLVED: "Resolved",
    State.CLOSED: "Closed",
}
SEVERITY_WORDS = {severity: severity.capitalize() for severity in Severity}
UNKNOWN = "–"

_MARKDOWN = str.maketrans({letter: f"\\{letter}" for letter in "\\`*_{}[]()#+-.!|<>~:$&"})


def as_utc(moment: datetime) -> datetime:
    """Return a moment with its zone; the warehouse's times are UTC without one."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def timestamp(moment: datetime | None) -> str:
    """Return a moment in full: 2026-03-01 14:05 UTC."""
    return UNKNOWN if moment is None else f"{as_utc(moment):%Y-%m-%d %H:%M} UTC"


def short_time(moment: datetime) -> str:
    """Return a moment without its year, for lists: 01 Mar 14:05 (UTC)."""
    return f"{as_utc(moment):%d %b %H:%M}"


def duration(seconds: float | None) -> str:
    """Return a length of time in its two largest units: 45 s, 12 min, 3 h 20 min, 2 d 4 h."""
    if seconds is None:
        return UNKNOWN
    seconds = max(0, round(seconds))
    if seconds < MINUTE:
        return f"{seconds} s"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min"
    if seconds < DAY:
        return _two(seconds // HOUR, "h", seconds % HOUR // MINUTE, "min")
    days, rest = divmod(seconds, DAY)
    return _two(days, "d", rest // HOUR, "h") if days < 10 else f"{days} d"


def rough(seconds: float) -> str:
    """Return a length of time in its largest unit, for lists: 12 min, 3 h, 2 d."""
    for unit, name in ((DAY, "d"), (HOUR, "h")):
        if seconds >= unit:
            return f"{int(seconds // unit)} {name}"
    return f"{int(seconds // MINUTE)} min"


def age(then: datetime | None, now: datetime) -> str:
    """Return how long ago a moment was, in its largest unit: 12 min, 3 h, 2 d."""
    if then is None:
        return UNKNOWN
    seconds = max(0, int((as_utc(now) - as_utc(then)).total_seconds()))
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds // unit} {name}"
    return "now"


def ago(then: datetime | None, now: datetime) -> str:
    """Return `age` as part of a sentence: 12 min ago, just now."""
    text = age(then, now)
    return {"now": "just now", UNKNOWN: UNKNOWN}.get(text, f"{text} ago")


def amount(value: float | None) -> str:
    """Return a quantity as people write it: 12,300 or 4.5."""
    if value is None:
        return UNKNOWN
    return f"{value:,.0f}" if abs(value) >= 100 or value == round(value) else f"{value:,.1f}"


def impact(value: float | None, unit: str | None) -> str:
    """Return what is at stake with its unit; empty if nothing was measured."""
    return "" if value is None else f"{amount(value)} {unit or ''}".strip()


def percent(share: float | None) -> str:
    """Return a share as a percentage."""
    return UNKNOWN if share is None else f"{share:.0%}"


def quantile(seconds: float | None, longest: float | None, count: int | None) -> str:
    """Return a quantile; one that is not reached is more than the longest seen, never zero."""
    if not count:
        return UNKNOWN
    if seconds is not None:
        return duration(seconds)
    return UNKNOWN if longest is None else f"> {duration(longest)}"


def counted(count: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: 1 event, 3 events."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def ordinal(count: int) -> str:
    """Return a place in a row as people say it: first, second, third, 4th."""
    return ("first", "second", "third")[count - 1] if 1 <= count <= 3 else f"{count}th"


def monitor_name(monitor_id: str | None) -> str:
    """Return a monitor's id as people say it: mon_late_departures → Late departures."""
    if not monitor_id:
        return "By hand"
    return readable(monitor_id.removeprefix("mon_")).capitalize()


def readable(identifier: str | None) -> str:
    """Return an identifier with spaces: ground_ops → ground ops."""
    return (identifier or UNKNOWN).replace("_", " ")


def verbatim(text: str) -> str:
    """Return text so that a place that reads Markdown shows it letter for letter."""
    return " ".join(text.split()).translate(_MARKDOWN)


def _two(first: int, first_unit: str, second: int, second_unit: str) -> str:
    return f"{first} {first_unit} {second} {second_unit}" if second else f"{first} {first_unit}"
