"""Titles from a monitor's template and a row; a bad value never costs an incident its title."""

from __future__ import annotations

import json
import string
from collections.abc import Mapping
from typing import Any

from opsloop.diff import EventRow
from opsloop.types import Monitor

MAX_LENGTH = 300


class _Lenient(string.Formatter):
    """Formats what it can: unknown names and values that do not fit their format stay readable."""

    def get_field(self, field_name: str, args: Any, kwargs: Mapping[str, Any]) -> Any:
        # no attributes and no items: a template names columns
        return kwargs.get(field_name), field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        if value is None:
            return "–"
        try:
            return str(format(value, format_spec))
        except (ValueError, TypeError):
            return str(value)

    def convert_field(self, value: Any, conversion: Any) -> Any:
        return value if value is None else super().convert_field(value, conversion)


_FORMATTER = _Lenient()


def title_of(row: EventRow, monitor: Monitor) -> str:
    """Return the title of an incident that this row opens."""
    grouped = monitor.group_title if monitor.group_by != ("entity_id",) else None
    values = {
        **json.loads(row.evidence),
        "entity_id": row.entity_id,
        "occurred_at": row.occurred_at,
        "severity": row.severity or monitor.severity,
        "owner": row.owner or monitor.owner,
        "impact": row.impact,
    }
    return render(grouped or monitor.title, values) or f"{monitor.name}: {row.entity_id}"


def render(template: str, values: Mapping[str, Any]) -> str:
    """Fill a template; one line, at most 300 characters."""
    text = " ".join(_FORMATTER.vformat(template, (), values).split())
    return text if len(text) <= MAX_LENGTH else text[: MAX_LENGTH - 1] + "…"
