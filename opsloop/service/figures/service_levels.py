"""What was promised and kept, and how old open work is beside what was finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop.service.figures.parts import Part, Row, belonging, of_part

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy

TARGETS = ("resolve", "acknowledge", "first_response", "total_resolve", "next_update")


def targets(copy: ServingCopy, part: Part) -> list[str]:
    """Return the targets of service levels that a part has clocks of, the known ones first."""
    rows = of_part(copy, "rpt_service_levels_weekly", part, "target", "distinct target")
    found = {row["target"] for row in rows}
    return [target for target in TARGETS if target in found]


def weekly(copy: ServingCopy, part: Part, target: str | None = None) -> list[Row]:
    """Return how targets were kept by week of opening, oldest first.

    Args:
        target: this one alone; None = all of them, one after another.
    """
    columns = "* exclude (dimension, dimension_value)"
    rows = of_part(copy, "rpt_service_levels_weekly", part, "target, week_start", columns)
    return rows if target is None else [row for row in rows if row["target"] == target]


def open_work(copy: ServingCopy, part: Part) -> list[Row]:
    """Return open incidents with their age, the oldest first."""
    condition, values = belonging(part)
    sql = f"""
        select * from rpt_open_work where {condition} order by age_seconds desc, incident_id
    """
    return copy.query(sql, values)
