"""Who asks whom, how the answers come, and what the receivers bear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop.service.figures.parts import Part, Row, of_part

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy


def routes(copy: ServingCopy, part: Part) -> list[Row]:
    """Return whom a part of the work asks, for what, and how the answers come, most first."""
    columns = "* exclude (dimension, dimension_value)"
    order = "escalations desc, receiver, escalation_type"
    return of_part(copy, "rpt_escalation_routes", part, order, columns)


def causes(copy: ServingCopy) -> list[Row]:
    """Return how often each monitor's incidents were escalated, most first."""
    sql = """
        select
            dimension_value as monitor_id,
            cast(sum(escalations) as bigint) as escalations,
            cast(sum(answered) as bigint) as answered,
            cast(sum(nudges) as bigint) as nudges
        from rpt_escalation_routes where dimension = 'monitor'
        group by dimension_value order by escalations desc, monitor_id
    """
    return copy.query(sql)


def received(copy: ServingCopy) -> list[Row]:
    """Return what each receiver was asked, answered and bore, by week, oldest first."""
    return copy.query("select * from rpt_escalations_received_weekly order by receiver, week_start")
