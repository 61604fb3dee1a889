"""The headline figures of all time: what came in, how it stands, how long it took."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from opsloop.service.figures.parts import SOURCE, Part, Row, of_dimensions

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy


def headline(copy: ServingCopy, part: Part) -> Row | None:
    """Return the headline figures of a part, with its rate of reopening; None if it has none."""
    sql = """
        select headline.*, reopening.window_days, reopening.matured, reopening.reopen_share
        from rpt_headline as headline
        left join rpt_reopen_rate as reopening using (dimension, dimension_value)
        where dimension = ? and dimension_value = ?
    """
    rows = copy.query(sql, list(part))
    return rows[0] if rows else None


def headlines(copy: ServingCopy, dimension: str) -> list[Row]:
    """Return the headline figures of each value of a dimension, the busiest first."""
    sql = "select * from rpt_headline where dimension = ? order by incidents desc, dimension_value"
    return copy.query(sql, [dimension])


def with_work(copy: ServingCopy, shown: Sequence[str], source: str | None = None) -> list[Row]:
    """Return headline figures with what is recorded of the work, dimension by dimension.

    Args:
        shown: dimensions, in their order.
        source: the row of this imported log alone.
    """
    condition, values = of_dimensions(shown, source)
    sql = f"""
        select
            headline.*, work.recorded_incidents, work.recorded_minutes, work.currency,
            work.recorded_cost, work.estimated_minutes, work.estimated_cost
        from rpt_headline as headline
        left join rpt_work as work using (dimension, dimension_value)
        where {condition}
        order by incidents desc, dimension_value
    """
    places = {dimension: place for place, dimension in enumerate((*shown, SOURCE))}
    return sorted(copy.query(sql, values), key=lambda row: places[row["dimension"]])
