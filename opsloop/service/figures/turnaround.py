"""How long work takes, week by week. Open work counts (definition 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop.service.figures.parts import Part, Row

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy


def turnaround(copy: ServingCopy, part: Part, measure: str) -> list[Row]:
    """Return a measure's quantiles by week of opening, oldest first."""
    sql = """
        select * from rpt_turnaround_weekly
        where dimension = ? and dimension_value = ? and measure = ? order by week_start
    """
    return copy.query(sql, [*part, measure])


def turnaround_by(copy: ServingCopy, dimension: str, measure: str) -> list[Row]:
    """Return a measure's quantiles by week of each value of a dimension."""
    sql = """
        select * from rpt_turnaround_weekly
        where dimension = ? and measure = ? and incidents > 0
        order by dimension_value, week_start
    """
    return copy.query(sql, [dimension, measure])
