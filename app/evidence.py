"""Events and their evidence as a typed table. Pure: JSON values in, Arrow columns out."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from app import words
from opsloop.types import Disposition, EventView

MOMENT = pa.timestamp("us", tz="UTC")
LARGEST_EXACT = 2**53  # integers beyond it would be rounded on their way to the browser
_MOMENT_TEXT = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|\+00:00)?")


def table(events: Sequence[EventView]) -> pa.Table:
    """Return one row per event: what opsloop knows of it, then the monitor's own columns.

    Columns without any value are left out.
    """
    found = [view.event for view in events]
    columns = {
        "Entity": pa.array([event.entity_id for event in found], pa.string()),
        "Standing": pa.array([standing(view) for view in events], pa.string()),
        "Occurred": pa.array([event.occurred_at for event in found], MOMENT),
        "First seen": pa.array([event.started_at for event in found], MOMENT),
        "Cleared": pa.array([event.cleared_at for event in found], MOMENT),
        "Severity": pa.array([event.severity for event in found], pa.string()),
        "Impact": pa.array([event.impact for event in found], pa.float64()),
    }
    for name in dict.fromkeys(name for view in events for name in view.evidence):
        columns[_free(name, columns)] = typed([view.evidence.get(name) for view in events])
    return pa.table({name: column for name, column in columns.items() if _has_any(column)})


def standing(view: EventView) -> str:
    """Return whether an event fires, and if not, why."""
    event = view.event
    if event.is_lost:
        return "lost"
    if event.firing:
        is_ours = event.disposition in (Disposition.ATTACHED, Disposition.LATE)
        return "firing" if is_ours else event.disposition.value
    return "rule changed" if event.cleared_reason == "rule_changed" else "cleared"


def typed(values: Sequence[Any]) -> pa.Array:
    """Return a column of the one type that fits all its values; text where none does."""
    present = [value for value in values if value is not None]
    if all(isinstance(value, bool) for value in present):
        return pa.array(values, pa.bool_())
    if all(_is_number(value, int) for value in present):
        return pa.array(values, pa.int64())
    if all(_is_number(value, (int, float)) for value in present):
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    moments = [_moment(value) for value in values]
    if all(moment or value is None for moment, value in zip(moments, values, strict=True)):
        return pa.array(moments, MOMENT)
    return pa.array([_text(value) for value in values], pa.string())


def _is_number(value: Any, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool) and abs(value) < LARGEST_EXACT


def _moment(value: Any) -> datetime | None:
    """Return the time that a text is, read as UTC; None if it is anything else."""
    if not isinstance(value, str) or not _MOMENT_TEXT.fullmatch(value):
        return None
    try:
        return words.as_utc(datetime.fromisoformat(value))
    except ValueError:
        return None


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def _has_any(column: pa.Array) -> bool:
    return bool(column.null_count < len(column))


def _free(name: str, taken: Collection[str]) -> str:
    return f"{name} (evidence)" if name in taken else name
