"""The small words of `routing:`: names, patterns, values, days, hours and zones, as types."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, StrictStr

from opsloop.faults import refuse
from opsloop.routing.conditions import DAY_MINUTES, DAYS
from opsloop.routing.values import Scalar
from opsloop.types import Severity
from opsloop.words import did_you_mean, listed

_NOT_A_PLACE = {"Factory", "localtime", "posixrules"}  # what the machine makes of them


def _one_or_more(value: Any) -> Any:
    """Return a list, of one if it is not one; refuse an empty one."""
    values = value if isinstance(value, list | tuple) else [value]
    if not values:
        raise refuse("The list is empty: nothing can match it.", "Name one, or remove the key.")
    return values


def _rule_name(value: str) -> str:
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789_-")
    if not value or not set(value) <= allowed or len(value) > 60:
        raise refuse(
            f"'{value}' is not a rule's name.",
            "Use lower-case letters, digits, `_` and `-`, such as `big_orders`.",
        )
    return value


def _pattern(value: str) -> str:
    if not value:
        raise refuse("The text is empty: nothing can match it.", "Write a name or a pattern.")
    return value


def _scalar(value: Any) -> Scalar:
    if value is None:
        raise refuse("Nothing stands there.", "For a value that is null, write {is_null: true}.")
    if isinstance(value, float) and not math.isfinite(value):
        raise refuse(f"{value} is no number that a value can be.", "Write a number.")
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)  # plain, where YAML's own types remember how they were written
    raise refuse(
        f"'{value}' is not a text, a number or a boolean.",
        "Evidence has dates as texts: write them in quotes.",
    )


def _time_zone(value: str) -> str:
    if not _is_zone(value):
        known = available_timezones() - _NOT_A_PLACE
        raise refuse(
            f"There is no time zone '{value}'.{did_you_mean(value, known)}",
            "Write an IANA name such as `America/New_York`, or `UTC`.",
        )
    return value


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones
        return False
    return name not in _NOT_A_PLACE


def _days(value: Any) -> Any:
    """Return the days of `mon`, `fri-mon`, `"mon, wed"` or a list of them, 0 for Monday."""
    words = [word for part in _one_or_more(value) for word in str(part).split(",")]
    return tuple(sorted({day for word in words for day in _days_of(word)}))


def _days_of(word: str) -> Iterator[int]:
    """Yield the days of `mon` or `fri-mon`."""
    first, *rest = [_day(end.strip()) for end in word.split("-", 1)]
    last = rest[0] if rest else first
    for step in range((last - first) % 7 + 1):
        yield (first + step) % 7


def _day(word: str) -> int:
    if word not in DAYS:
        raise refuse(
            f"'{word}' is not a day.{did_you_mean(word, DAYS)}",
            f"Write {listed(DAYS)}, or a range such as `mon-fri`.",
        )
    return DAYS.index(word)


def _hours(value: Any) -> Any:
    """Return `"22:00-06:00"`, or a list of such, in minutes after midnight."""
    return tuple(_span(span) for span in _one_or_more(value))


def _span(value: Any) -> tuple[int, int]:
    ends = [_minutes(end.strip()) for end in str(value).split("-")]
    if len(ends) != 2 or None in ends or ends[0] == DAY_MINUTES:
        raise refuse(
            f"'{value}' is not a span of hours.",
            'Write from and to in quotes, such as "22:00-06:00".',
        )
    first, end = (minutes or 0 for minutes in ends)
    if first == end:
        raise refuse(f"'{value}' ends where it begins.", 'The whole day is "00:00-24:00".')
    return first, end


def _minutes(text: str) -> int | None:
    hours, colon, minutes = text.partition(":")
    if not (colon and hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2):
        return None
    total = int(hours) * 60 + int(minutes)
    return total if int(minutes) < 60 and total <= DAY_MINUTES else None


RuleName = Annotated[StrictStr, AfterValidator(_rule_name)]
Patterns = Annotated[
    tuple[Annotated[StrictStr, AfterValidator(_pattern)], ...], BeforeValidator(_one_or_more)
]
Severities = Annotated[tuple[Severity, ...], BeforeValidator(_one_or_more)]
Classes = Annotated[
    tuple[Literal["exception", "request", "question", "improvement"], ...],
    BeforeValidator(_one_or_more),
]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Days = Annotated[tuple[int, ...], BeforeValidator(_days)]
Hours = Annotated[tuple[tuple[int, int], ...], BeforeValidator(_hours)]
TimeZone = Annotated[StrictStr, AfterValidator(_time_zone)]
Values = Annotated[
    tuple[Annotated[Scalar, BeforeValidator(_scalar)], ...], BeforeValidator(_one_or_more)
]
