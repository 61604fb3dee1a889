"""Work and cost asked from the serving copy: a figure is a column, only rows are chosen here."""

from __future__ import annotations

from app.retro import Row, Slice
from opsloop.warehouse.serving import ServingCopy


def by(copy: ServingCopy, dimension: str) -> list[Row]:
    """Return minutes and cost of each type, monitor or team, the most minutes first."""
    return copy.query("select * from rpt_work where dimension = ? order by place", [dimension])


def weekly(copy: ServingCopy, part: Slice) -> list[Row]:
    """Return minutes, cost and what was open by week, oldest first."""
    sql = """
        select * from rpt_work_weekly
        where dimension = ? and dimension_value = ? order by week_start
    """
    return copy.query(sql, [part.dimension, part.value])


def total(copy: ServingCopy, part: Slice) -> Row | None:
    """Return minutes and cost of a part of the work; None if it had no incidents."""
    sql = "select * from rpt_work where dimension = ? and dimension_value = ?"
    rows = copy.query(sql, [part.dimension, part.value])
    return rows[0] if rows else None
