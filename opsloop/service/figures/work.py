"""What the minutes went into, and what they cost. What nobody recorded is unknown, never zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop.service.figures.parts import Part, Row, of_dimensions, of_part

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy


def by(copy: ServingCopy, dimension: str) -> list[Row]:
    """Return minutes and cost of each type, monitor or team, the most minutes first."""
    return copy.query("select * from rpt_work where dimension = ? order by place", [dimension])


def listed(copy: ServingCopy, dimension: str | None, source: str | None) -> list[Row]:
    """Return minutes and cost of several dimensions' values; the whole first, then types.

    Args:
        dimension: the rows of this one alone; None = of all but imported logs.
        source: the row of this imported log alone.
    """
    condition, values = of_dimensions(dimension, source)
    sql = f"""
        select * from rpt_work where {condition}
        order by case dimension when 'total' then 0 when 'type' then 1 else 2 end, dimension, place
    """
    return copy.query(sql, values)


def weekly(copy: ServingCopy, part: Part) -> list[Row]:
    """Return minutes, cost and what was open by week, oldest first."""
    columns = "* exclude (dimension, dimension_value)"
    return of_part(copy, "rpt_work_weekly", part, "week_start", columns)


def total(copy: ServingCopy, part: Part) -> Row | None:
    """Return minutes and cost of a part of the work; None if it had no incidents."""
    rows = of_part(copy, "rpt_work", part, "place")
    return rows[0] if rows else None
