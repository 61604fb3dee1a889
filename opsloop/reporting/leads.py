"""Where a number, or a row of a table, leads: who doubts it reads what it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from opsloop.service.figures.parts import Part, Row
from opsloop.service.figures.periods import DAYS_IN_WEEK, Period


@dataclass(frozen=True, slots=True)
class Lead:
    """A way to the incidents that a figure counts, to one of them, or to the retro of less.

    What it does not name stays as it is looked at.

    Attributes:
        figure: what counts them, one of `figures.counted.BEHIND`; None = to the retro.
        values: what that figure needs.
        part: whose they are.
        period: of which days.
        incident_id: the one incident it leads to, whatever the others say.
    """

    figure: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    part: Part | None = None
    period: Period | None = None
    incident_id: int | None = None


def to_incidents(figure: str, **values: str) -> Lead:
    """Return the way to the incidents that a figure counts.

    Args:
        values: what that figure needs.
    """
    return Lead(figure, values)


def to_days_of(row: Row) -> Lead:
    """Return the way to the retro of a row's week or day."""
    if "day" in row:
        return Lead(period=Period(row["day"], row["day"] + timedelta(days=1)))
    monday = row["week_start"]
    return Lead(period=Period(monday, monday + timedelta(days=DAYS_IN_WEEK)))
