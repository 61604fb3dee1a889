"""What the minutes went into, and what they cost. What nobody recorded is unknown, never zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from opsloop.service.figures.parts import (
    SOURCE,
    Part,
    Row,
    belonging,
    of_dimensions,
    of_part,
    told_apart,
)
from opsloop.service.figures.periods import Period

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy


def by(copy: ServingCopy, dimension: str) -> list[Row]:
    """Return minutes and cost of each type, monitor or team, the most minutes first."""
    return copy.query("select * from rpt_work where dimension = ? order by place", [dimension])


def listed(copy: ServingCopy, shown: Sequence[str], source: str | None = None) -> list[Row]:
    """Return minutes and cost of several dimensions' values, dimension by dimension.

    Args:
        shown: dimensions, in their order.
        source: the row of this imported log alone.
    """
    condition, values = of_dimensions(shown, source)
    sql = f"select * from rpt_work where {condition} order by place"
    places = {dimension: place for place, dimension in enumerate((*shown, SOURCE))}
    return sorted(copy.query(sql, values), key=lambda row: places[row["dimension"]])


def weekly(copy: ServingCopy, part: Part) -> list[Row]:
    """Return minutes, cost and what was open by week, oldest first."""
    columns = "* exclude (dimension, dimension_value)"
    return of_part(copy, "rpt_work_weekly", part, "week_start", columns)


def total(copy: ServingCopy, part: Part) -> Row | None:
    """Return minutes and cost of a part of the work; None if it had no incidents."""
    rows = of_part(copy, "rpt_work", part, "place")
    return rows[0] if rows else None


def of_period(copy: ServingCopy, part: Part, period: Period, dimension: str) -> list[Row]:
    """Return what was worked in a period by a dimension's values, the most minutes first.

    Beside the minutes stand the incidents that ended in the period, and how many of these have a
    record: what the minutes know of.
    """
    is_of_part, part_values = belonging(part)
    told = told_apart(dimension, part)
    sql = f"""
        with
        told as (
            select incident_id, {told.value} as dimension_value
            from fct_incidents where {told.condition}
        ),
        worked as (
            select
                told.dimension_value,
                count(*) as entries,
                count(distinct incident_id) as worked_incidents,
                sum(minutes) as minutes,
                sum(case when cost is null then minutes else 0 end) as minutes_without_rate,
                sum(cost) as cost,
                max(currency) as currency
            from (select * from fct_work where {is_of_part}) as work
            inner join told using (incident_id)
            where minutes > 0 and worked_at >= $since and worked_at < $until
            group by told.dimension_value
        ),
        ended as (
            select
                told.dimension_value,
                count(*) as ended_incidents,
                count(work.touch_minutes) as recorded_incidents
            from (select * from fct_incidents where {is_of_part}) as incidents
            inner join told using (incident_id)
            inner join fct_incident_work as work using (incident_id)
            where
                not incidents.is_open
                and coalesce(incidents.resolved_at, incidents.closed_at) >= $since
                and coalesce(incidents.resolved_at, incidents.closed_at) < $until
            group by told.dimension_value
        )
        select
            dimension_value,
            row_number() over most_first as place,
            coalesce(entries, 0) as entries,
            coalesce(worked_incidents, 0) as worked_incidents,
            minutes,
            minutes_without_rate,
            cost,
            currency,
            minutes / sum(minutes) over () as minutes_share,
            sum(minutes) over most_first / sum(minutes) over () as minutes_share_so_far,
            coalesce(ended_incidents, 0) as ended_incidents,
            coalesce(recorded_incidents, 0) as recorded_incidents
        from worked full join ended using (dimension_value)
        window most_first as (
            order by coalesce(minutes, 0) desc, coalesce(ended_incidents, 0) desc, dimension_value
        )
        order by place
    """
    return copy.query(sql, {**part_values, **told.values, **period.bounds()})
