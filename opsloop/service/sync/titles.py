"""Titles from a monitor's template and a row; a bad value never costs an incident its title."""

from __future__ import annotations

import json
import string
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from opsloop.diff import EventRow
from opsloop.types import Monitor

MAX_LENGTH = 300
_CONVERSIONS: Mapping[str, Callable[[Any], str]] = {"s": str, "r": repr, "a": ascii}


def title_of(
    row: EventRow, monitor: Monitor, events_total: int = 1, impact: float | None = None
) -> str:
    """Return the title of an incident that this row opens.

    Args:
        events_total: how many events it opens with; only a group's title can say so.
        impact: their sum.
    """
    grouped = monitor.group_title if monitor.group_by != ("entity_id",) else None
    values = {
        **json.loads(row.evidence),
        "entity_id": row.entity_id,
        "occurred_at": row.occurred_at,
        "severity": row.severity or monitor.severity,
        "owner": row.owner or monitor.owner,
        "impact": impact if grouped and events_total > 1 else row.impact,
        "events_total": events_total,
    }
    return render(grouped or monitor.title, values) or f"{monitor.name}: {row.entity_id}"


def render(template: str, values: Mapping[str, Any]) -> str:
    """Fill a template; one line, at most 300 characters.

    A template names columns, and nothing behind them. Unknown names and values that do not fit
    their format stay readable.
    """
    parts = []
    for literal, name, spec, conversion in _parsed(template):
        parts.append(literal)
        if name is not None:
            parts.append(_formatted(values.get(name), spec or "", conversion))
    text = " ".join("".join(parts).split())
    return text if len(text) <= MAX_LENGTH else text[: MAX_LENGTH - 1] + "…"


@lru_cache(maxsize=256)
def _parsed(template: str) -> tuple[tuple[str, str | None, str | None, str | None], ...]:
    return tuple(string.Formatter().parse(template))


def _formatted(value: Any, spec: str, conversion: str | None) -> str:
    if value is None:
        return "–"
    if conversion is not None:
        value = _CONVERSIONS.get(conversion, str)(value)
    try:
        return format(value, spec)
    except (ValueError, TypeError, OverflowError):
        return str(value)
