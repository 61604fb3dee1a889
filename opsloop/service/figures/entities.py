"""Which entities, and which segments of the evidence, bring the work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from opsloop.service.figures.parts import MONITOR, SOURCE, Part, Row

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy

Span = Literal["all", "recent"]  # recent: opened in the last 28 days
Order = Literal["incidents", "events", "minutes"]
TOLD_APART = ("total", "team", "monitor", "source")  # the dimensions that entities are counted by


def top(copy: ServingCopy, part: Part, span: Span = "all", order: Order = "incidents") -> list[Row]:
    """Return the entities that bring most, the first first; the last row is all others as one."""
    sql = f"""
        select * exclude (period, dimension, dimension_value) from rpt_entities
        where
            period = $span and dimension = $dimension and dimension_value = $value
            and (place_by_{order} <= 20 or entity_id is null)
        order by place_by_{order} nulls last
    """
    values = {"span": span, "dimension": part.dimension, "value": part.value}
    return copy.query(sql, values)


def segments(copy: ServingCopy, part: Part, span: Span = "all") -> list[Row]:
    """Return the segments that bring most, monitor by monitor and column by column.

    Those of a part that is no monitor's are of all monitors that live here; an imported log has
    none.
    """
    if part.dimension == SOURCE:
        return []
    sql = """
        select * exclude (period) from rpt_segments
        where period = $span and ($monitor is null or monitor_id = $monitor)
        order by monitor_id, dimension, place
    """
    monitor = part.value if part.dimension == MONITOR else None
    return copy.query(sql, {"span": span, "monitor": monitor})
