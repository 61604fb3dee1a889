"""How often somebody was asked, and how long the answers took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop.service.figures.parts import Part, Row, of_part

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy


def escalations(copy: ServingCopy, part: Part) -> list[Row]:
    """Return escalations and the time to their answers by week, oldest first."""
    return of_part(copy, "rpt_escalations_weekly", part, "week_start")


def escalations_by(copy: ServingCopy, dimension: str) -> list[Row]:
    """Return escalations by week of each value of a dimension that had any."""
    sql = """
        select * from rpt_escalations_weekly
        where dimension = ? and escalations > 0 order by dimension_value, week_start
    """
    return copy.query(sql, [dimension])
