"""Spans of business time, as settings say them: `{hours: 1, minutes: 30}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from opsloop.faults import refuse
from opsloop.words import did_you_mean

UNITS = {"minutes": 60, "hours": 3600}
YEAR_S = 366 * 86_400

_REMEDY = "Write {minutes: 30} or {hours: 4}, with a number above 0."


def _allowance(value: Any) -> Any:
    """Return a time such as `{hours: 1, minutes: 30}` as it is, or refuse it."""
    if not isinstance(value, dict) or not value:
        raise refuse(f"{value!r} is not a time.", _REMEDY)
    for unit, count in value.items():
        if unit == "days":
            raise refuse("A day of business time has no fixed length.", "Write it in hours.")
        if unit not in UNITS:
            raise refuse(f"'{unit}' is not a unit of time.{did_you_mean(unit, UNITS)}", _REMEDY)
        if isinstance(count, bool) or not isinstance(count, int | float) or not count > 0:
            raise refuse(f"{count!r} {unit} is not a time above 0.", _REMEDY)
    seconds = _sum(value)
    if seconds > YEAR_S:
        raise refuse(f"{seconds / 3600:,.0f} hours are more than a year.", _REMEDY)
    if seconds != int(seconds):
        raise refuse(f"{seconds} seconds are not whole seconds.", "Round it.")
    return value


def _sum(allowance: Mapping[str, float]) -> float:
    return round(sum(UNITS[unit] * count for unit, count in allowance.items()), 6)


Allowance = Annotated[dict[str, float], BeforeValidator(_allowance)]


def seconds_of(allowance: Mapping[str, float]) -> int:
    """Return a span in seconds."""
    return int(_sum(allowance))
