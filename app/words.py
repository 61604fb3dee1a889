"""How things are said on the pages: ages, times, amounts, names. Pure; plain text only."""

from __future__ import annotations

from datetime import datetime

from opsloop.reporting.words import (
    UNKNOWN,
    amount,
    as_utc,
    counted,
    day,
    duration,
    impact,
    monitor_name,
    naming_monitors,
    percent,
    quantile,
    readable,
    timestamp,
    value_name,
)
from opsloop.types import Severity, State
from opsloop.words import DAY, HOUR, MINUTE

# beside the words of the queue, those of figures
__all__ = [
    "UNKNOWN",
    "amount",
    "as_utc",
    "counted",
    "day",
    "duration",
    "impact",
    "monitor_name",
    "naming_monitors",
    "percent",
    "quantile",
    "readable",
    "timestamp",
    "value_name",
]

STATE_WORDS = {
    State.NEW: "New",
    State.ACTIVE: "Active",
    State.WAITING: "Waiting",
    State.SNOOZED: "Snoozed",
    State.RESOLVED: "Resolved",
    State.CLOSED: "Closed",
}
SEVERITY_WORDS = {severity: severity.capitalize() for severity in Severity}

_MARKDOWN = str.maketrans({letter: f"\\{letter}" for letter in "\\`*_{}[]()#+-.!|<>~:$&"})


def short_time(moment: datetime) -> str:
    """Return a moment without its year, for lists: 01 Mar 14:05 (UTC)."""
    return f"{as_utc(moment):%d %b %H:%M}"


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


def ordinal(count: int) -> str:
    """Return a place in a row as people say it: first, second, third, 4th."""
    return ("first", "second", "third")[count - 1] if 1 <= count <= 3 else f"{count}th"


def verbatim(text: str) -> str:
    """Return text so that a place that reads Markdown shows it letter for letter."""
    return " ".join(text.split()).translate(_MARKDOWN)
