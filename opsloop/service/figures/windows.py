"""Of which days an imported log tells all, by the window that its map declares."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from opsloop.errors import Refused
from opsloop.service.figures.parts import SOURCE, Part, Row

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy

_DAY = timedelta(days=1)
_LAST_OF_WEEK = timedelta(days=6)


class Window(NamedTuple):
    """Days without a gap of which a log tells all, both included."""

    first: date
    last: date

    def holds(self, first: date, last: date) -> bool:
        """Return whether all these days lie within."""
        return self.first <= first and last <= self.last


def windows(copy: ServingCopy, part: Part) -> list[Window] | None:
    """Return the days of which an imported log tells all, in order; None for what lives here.

    Raises:
        Refused: its map does not say, or it holds only what was closed then: its arrivals would
            rise from nothing and fall to nothing.
    """
    if part.dimension != SOURCE:
        return None
    said = copy.query(
        """
        select * from rpt_imports where source = ? order by import_id
        """,
        [part.value],
    )
    if not said:
        raise Refused(f"Nothing that counts was imported from '{part.value}'.", "Import it first.")
    declared = [row for row in said if row["window_from"] is not None]
    if not declared:
        raise Refused(
            f"The log of '{part.value}' declares no window ({_named(said)}): where it begins and"
            " ends is unknown.",
            "Add `window:` to its map, import it again and publish.",
        )
    closed = [row for row in declared if row["complete_for"] == "closed"]
    if closed:
        raise Refused(
            f"The log of '{part.value}' is whole only for what was closed in its window"
            f" ({_named(closed)}): its arrivals rise from nothing and fall to nothing.",
            "Import a log that is complete for `opened` or `updated`.",
        )
    return joined([Window(row["window_from"], row["window_to"]) for row in declared])


def doubt(copy: ServingCopy, part: Part) -> str | None:
    """Return why arrivals and backlog of a part are not to be believed; None if they are."""
    try:
        windows(copy, part)
    except Refused as refused:
        return str(refused)
    return None


def _named(imports: Sequence[Row]) -> str:
    """Return which imports are meant, as far as the published copy knows them."""
    return "; ".join(
        f"{row['file_name']}, imported on {row['imported_at']:%d %b %Y},"
        f" {row['rows_imported']:,} row{'' if row['rows_imported'] == 1 else 's'}"
        for row in imports
    )


def joined(found: Sequence[Window]) -> list[Window]:
    """Return windows in order, those that meet or overlap as one."""
    whole: list[Window] = []
    for window in sorted(found):
        if whole and window.first <= whole[-1].last + _DAY:
            whole[-1] = Window(whole[-1].first, max(whole[-1].last, window.last))
        else:
            whole.append(window)
    return whole


def holds_day(found: Sequence[Window] | None, day: date) -> bool:
    """Return whether figures of a day may be believed; what lives here has no window."""
    return found is None or any(window.holds(day, day) for window in found)


def holds_week(found: Sequence[Window] | None, monday: date) -> bool:
    """Return whether figures of a week may be believed; what lives here has no window."""
    sunday = monday + _LAST_OF_WEEK
    return found is None or any(window.holds(monday, sunday) for window in found)
