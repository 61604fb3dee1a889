"""Impact week by week, and how often monitors find something per unit of their population."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop.service.figures.parts import MONITOR, SOURCE, Part, Row
from opsloop.service.figures.periods import ALL_TIME, Period

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy


def weekly(copy: ServingCopy, part: Part, period: Period = ALL_TIME) -> list[Row]:
    """Return impact by unit in the weeks that begin in a period, oldest first."""
    sql = """
        select * exclude (dimension, dimension_value) from rpt_impact_weekly
        where
            dimension = $dimension and dimension_value = $value
            and week_start >= $since and week_start < $until
        order by week_start, impact_unit
    """
    return copy.query(sql, {"dimension": part.dimension, "value": part.value, **period.bounds()})


def per_population(copy: ServingCopy, part: Part, period: Period = ALL_TIME) -> list[Row]:
    """Return how often monitors found something per 1,000 of their population, by week.

    Those of a part that is no monitor's are of all monitors that live here; an imported log has
    none.
    """
    if part.dimension == SOURCE:
        return []
    sql = """
        select * from rpt_population_weekly
        where
            ($monitor is null or monitor_id = $monitor)
            and week_start >= $since and week_start < $until
        order by monitor_id, week_start
    """
    monitor = part.value if part.dimension == MONITOR else None
    return copy.query(sql, {"monitor": monitor, **period.bounds()})
