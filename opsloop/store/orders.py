"""The orders of the queue, and places in them: a page begins behind the last item of the former.

Counting off the items in front of a page costs more the further one turns; looking for a place in
an index does not. A place also stays where it is while incidents come and go in front of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from opsloop.errors import Refused
from opsloop.store.clock_rows import NEVER
from opsloop.store.tables import PRESSING, incidents
from opsloop.types import QueueItem

_SEPARATOR = "~"
_NO_PRIORITY = "P9"  # as in `tables.PRESSING`

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Order:
    """What the queue is sorted by, all of it up or all of it down; the number makes it unique."""

    columns: tuple[sa.ColumnElement[Any], ...]
    key_of: Callable[[QueueItem], Key]
    kinds: tuple[Callable[[str], Any], ...]  # how each value is read from a mark
    is_descending: bool = False


_number = incidents.c.incident_id
_opened: Any = (incidents.c.opened_at, _number)


def _when_opened(item: QueueItem) -> Key:
    return item.incident.opened_at, item.incident.incident_id


_ORDERS = {
    "due": _Order(
        (incidents.c.due_at, _number),
        lambda item: (item.due_at or NEVER, item.incident.incident_id),
        (datetime.fromisoformat, int),
    ),
    "priority": _Order(
        (PRESSING, *_opened),
        lambda item: (item.incident.priority or _NO_PRIORITY, *_when_opened(item)),
        (str, datetime.fromisoformat, int),
    ),
    "newest": _Order(_opened, _when_opened, (datetime.fromisoformat, int), is_descending=True),
    "oldest": _Order(_opened, _when_opened, (datetime.fromisoformat, int)),
    "impact": _Order(
        (sa.func.coalesce(incidents.c.impact, 0), _number),
        lambda item: (item.incident.impact or 0.0, item.incident.incident_id),
        (float, int),
        is_descending=True,
    ),
    "updated": _Order(
        (incidents.c.updated_at, _number),
        lambda item: (item.incident.updated_at, item.incident.incident_id),
        (datetime.fromisoformat, int),
        is_descending=True,
    ),
}
ORDERS = tuple(_ORDERS)


def sorted_by(order: str, *, is_turned: bool = False) -> list[sa.ColumnElement[Any]]:
    """Return what to sort by; turned round, the last comes first."""
    found = _ORDERS[order]
    is_descending = found.is_descending != is_turned
    return [column.desc() if is_descending else column.asc() for column in found.columns]


def mark_of(item: QueueItem, order: str) -> str:
    """Return the place of an item in an order, as a text for `QueueFilter.after`."""
    values = _ORDERS[order].key_of(item)
    texts = [one.isoformat() if isinstance(one, datetime) else str(one) for one in values]
    return _SEPARATOR.join(texts)


def is_mark(order: str, mark: str) -> bool:
    """Return whether a text is a place in an order."""
    try:
        _values_of(order, mark)
    except Refused:
        return False
    return True


def behind(order: str, mark: str) -> sa.ColumnElement[bool]:
    """Return the condition that an incident comes behind a place.

    Raises:
        Refused: it is no place in this order.
    """
    columns, place = _compared(order, mark)
    return columns < place if _ORDERS[order].is_descending else columns > place


def in_front_of(order: str, mark: str) -> sa.ColumnElement[bool]:
    """Return the condition that an incident comes in front of a place; raises as `behind`."""
    columns, place = _compared(order, mark)
    return columns > place if _ORDERS[order].is_descending else columns < place


def _values_of(order: str, mark: str) -> list[Any]:
    found = _ORDERS[order]
    texts = mark.split(_SEPARATOR)
    try:
        values = [kind(text) for kind, text in zip(found.kinds, texts, strict=True)]
        if any(isinstance(one, datetime) and one.tzinfo is None for one in values):
            raise ValueError(mark)
    except ValueError as error:
        raise Refused(
            f"{mark[:80]!r} is no place in the queue by {order}.", "Begin at its first page."
        ) from error
    return values


def _compared(order: str, mark: str) -> tuple[sa.Tuple, sa.Tuple]:
    """Return what an order sorts by, and its values at a place."""
    columns = _ORDERS[order].columns
    values = [
        sa.bindparam(None, value, type_=column.type)
        for column, value in zip(columns, _values_of(order, mark), strict=True)
    ]
    return sa.tuple_(*columns), sa.tuple_(*values)
