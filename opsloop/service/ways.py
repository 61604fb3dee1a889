"""Ways of resolving the same kind of incident, compared week by week. Never by person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

from opsloop.service.figures.parts import NOBODYS
from opsloop.stats.screening import adjusted_p_values
from opsloop.stats.sequential import ALPHA
from opsloop.stats.ways import WaysCompared, compare_ways
from opsloop.stats.weeks import WEEK, Weeks
from opsloop.warehouse.serving import ServingCopy

# what tells ways apart → the column of fct_incidents; persons are no way (definition 17)
BY: Mapping[str, str] = {"code": "first_resolution_code", "team": "team"}

# Nobody chose what cleared by itself or was no longer asked for: those are no ways of resolving.
_WEEKLY = """
    select
        coalesce({column}, '{nobodys}') as way,
        cast(date_trunc('week', opened_at) as date) as week_start,
        count(*) as incidents,
        median(seconds_to_resolve) as median_seconds
    from fct_incidents
    where
        monitor_id = ?
        and source is null
        and seconds_to_resolve is not null
        and first_resolution_code is not null
        and first_resolution_code not in ('cleared_by_itself', 'rule_changed', 'duplicate')
    group by 1, 2
    order by 1, 2
"""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of resolving a monitor's incidents.

    Attributes:
        incidents: that went this way, by the week in which they were opened.
        weeks: the weekly medians until they were resolved, in seconds.
    """

    name: str
    incidents: int
    weeks: Weeks

    @property
    def median_seconds(self) -> float | None:
        """The median of the weekly medians; None where none is known."""
        known = [value for _, value in self.weeks.items() if value is not None]
        return median(known) if known else None


@dataclass(frozen=True, slots=True)
class Against:
    """A way against the one that is taken most.

    Attributes:
        adjusted_p_value: of no difference, among all the ways that are compared with it.
    """

    way: Way
    usual: Way
    compared: WaysCompared
    adjusted_p_value: float | None

    @property
    def is_claimed(self) -> bool:
        """Whether they are known to differ, of all the ways that were looked at."""
        return self.adjusted_p_value is not None and self.adjusted_p_value < ALPHA

    def in_words(self) -> str:
        """Return the comparison as sentences."""
        said = self.compared.in_words()
        if self.compared.is_claimed and not self.is_claimed:
            return f"not yet known among as many ways; by itself {said}"
        return said


def ways_of(copy: ServingCopy, monitor_id: str, by: str = "code") -> list[Way]:
    """Return the ways in which a monitor's incidents were resolved, the most taken first.

    Args:
        by: a word of `BY`.
    """
    rows = copy.query(_WEEKLY.format(column=BY[by], nobodys=NOBODYS), [monitor_id])
    if not rows:
        return []
    first = min(row["week_start"] for row in rows)
    last = max(row["week_start"] for row in rows)
    count = (last - first) // WEEK + 1
    names = dict.fromkeys(row["way"] for row in rows)
    found = [
        _way(name, [row for row in rows if row["way"] == name], first, count) for name in names
    ]
    return sorted(found, key=lambda one: (-one.incidents, one.name))


def compared(ways: Sequence[Way]) -> list[Against]:
    """Return each way against the one that is taken most, judged together.

    By Benjamini and Hochberg, at most 5 % of the differences that are claimed among them are
    expected to be none.
    """
    if not ways:
        return []
    usual, *others = ways
    found = [compare_ways(one.weeks, usual.weeks) for one in others]
    known = [one.p_value for one in found if one.p_value is not None]
    adjusted = iter(adjusted_p_values(known))
    return [
        Against(way, usual, one, None if one.p_value is None else next(adjusted))
        for way, one in zip(others, found, strict=True)
    ]


def _way(name: str, rows: Sequence[Mapping[str, Any]], first: date, count: int) -> Way:
    medians: list[float | None] = [None] * count
    for row in rows:
        medians[(row["week_start"] - first) // WEEK] = row["median_seconds"]
    return Way(name, sum(row["incidents"] for row in rows), Weeks.of(first, medians))
