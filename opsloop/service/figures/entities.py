"""Which entities, and which segments of the evidence, bring the work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from opsloop.service.figures.parts import MONITOR, SOURCE, Part, Row

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy

Span = Literal["all", "recent"]  # recent: opened in the last 28 days
Order = Literal["incidents", "events", "minutes"]
FIRST = 20  # have a row of their own; rpt_entities publishes as many of each order
TOLD_APART = ("total", "team", "monitor", "source")  # the dimensions that entities are counted by
_COUNTS = (
    *("entities", "incidents", "open_incidents", "events", "recorded_incidents"),
    *("again_within_14_days", "again_within_28_days"),
)


def top(copy: ServingCopy, part: Part, span: Span = "all", order: Order = "incidents") -> list[Row]:
    """Return the entities that bring most, the first first; the last row is all others as one.

    The others are whatever is not among the first by this order, so that all rows add up.
    """
    counts = ", ".join(f"cast(sum({name}) as bigint) as {name}" for name in _COUNTS)
    places = ", ".join(
        f"max(place_by_{one}) filter (where is_first) as place_by_{one}" for one in get_args(Order)
    )
    sql = f"""
        with
        chosen as (
            select *, coalesce(place_by_{order} <= {FIRST}, false) as is_first
            from rpt_entities
            where period = $span and dimension = $dimension and dimension_value = $value
        )
        select
            max(type_of_entity) filter (where is_first) as type_of_entity,
            case when is_first then entity_id end as entity_id,
            {places},
            {counts},
            sum(incidents_share) as incidents_share,
            sum(minutes) as minutes,
            max(last_opened_at) as last_opened_at
        from chosen
        group by case when is_first then entity_id end
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
