"""How figures are said: lengths of time, amounts, shares, names. Pure; plain text only."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from opsloop.words import amount as said_amount
from opsloop.words import span

UNKNOWN = "–"
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
DIMENSIONS = {"entity_type": "kind of entity", "source": "imported log"}  # others say it themselves


def as_utc(moment: datetime) -> datetime:
    """Return a moment with its zone; the warehouse's times are UTC without one."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def timestamp(moment: datetime | None) -> str:
    """Return a moment in full: 2026-03-01 14:05 UTC."""
    return UNKNOWN if moment is None else f"{as_utc(moment):%Y-%m-%d %H:%M} UTC"


def duration(seconds: float | None) -> str:
    """Return a length of time in its two largest units: 45 s, 12 min, 3 h 20 min, 2 d 4 h."""
    return UNKNOWN if seconds is None else span(seconds)


def amount(value: float | None) -> str:
    """Return a quantity as people write it: 12,300, 7 or 4.5; what there is of it is never 0."""
    return UNKNOWN if value is None else said_amount(value)


def impact(value: float | None, unit: str | None) -> str:
    """Return what is at stake with its unit; empty if nothing was measured."""
    return "" if value is None else f"{amount(value)} {unit or ''}".strip()


def percent(share: float | None) -> str:
    """Return a share as a percentage: 47 %."""
    return UNKNOWN if share is None else f"{100 * share:.0f} %"


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


def monitor_name(monitor_id: str | None) -> str:
    """Return a monitor's id as people say it: mon_late_departures → Late departures."""
    if not monitor_id:
        return "By hand"
    return readable(monitor_id.removeprefix("mon_")).capitalize()


def naming_monitors(text: str) -> str:
    """Return a text with its monitors' ids as people say them: Tune mon_late → Tune Late."""
    return re.sub(r"\bmon_\w+", lambda found: monitor_name(found[0]), text)


def readable(identifier: str | None) -> str:
    """Return an identifier with spaces, as within a sentence: ground_ops → ground ops."""
    return (identifier or UNKNOWN).replace("_", " ")


def value_name(value: str | None) -> str:
    """Return a team, or another value of a dimension, as a name: hotel_desk → Hotel desk.

    Within a sentence `readable` reads better. A type may be named after its monitor. What is no
    identifier stays as it is written.
    """
    if not value:
        return UNKNOWN
    if value.startswith("mon_"):
        return monitor_name(value)
    said = readable(value)
    return said.capitalize() if _IDENTIFIER.fullmatch(value) else said


def dimension_name(dimension: str) -> str:
    """Return a dimension as people say it; one of a monitor's own is named after it too.

    mon_late_orders.ship_from → ship from of late orders.
    """
    monitor, _, name = dimension.rpartition(".")
    if monitor:
        return f"{readable(name)} of {monitor_name(monitor).lower()}"
    return DIMENSIONS.get(name, readable(name))


def day(moment: date) -> str:
    """Return a day as people write it: 2 Nov 2026."""
    return f"{moment.day} {moment:%b %Y}"


def days(first: date, last: date) -> str:
    """Return a span of days, both included: 2 to 15 Nov 2026."""
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {day(last)}"
    begins = f"{first.day} {first:%b}" if first.year == last.year else day(first)
    return f"{begins} to {day(last)}"


def interval(low: float | None, high: float | None) -> str:
    """Return the ends of a share's 95 % interval: 45 to 94 %."""
    return UNKNOWN if low is None or high is None else f"{100 * low:.0f} to {100 * high:.0f} %"
