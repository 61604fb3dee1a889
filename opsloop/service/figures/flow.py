"""Arrivals, completions and backlog, and how old the open work is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from opsloop.service.figures.parts import Part, Row, of_part

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy

# grain → its table and the column of its periods
GRAINS: Mapping[str, tuple[str, str]] = {
    "week": ("rpt_flow_weekly", "week_start"),
    "day": ("rpt_flow_daily", "day"),
}
SHOWN = 60  # periods


def flow(copy: ServingCopy, part: Part, grain: str) -> list[Row]:
    """Return arrivals, completions and backlog by week or by day (the last 60), oldest first."""
    table, period = GRAINS[grain]
    return of_part(copy, table, part, f"{period} desc limit {SHOWN}")[::-1]


def weekly(copy: ServingCopy, part: Part) -> list[Row]:
    """Return each week's arrivals, completions and backlog with their parts, oldest first."""
    columns = """
        iso_week, week_start, is_complete, backlog_start, opened, reopened, moved_in, resolved,
        merged, moved_out, backlog_end, self_resolved,
        opened + reopened + moved_in as arrivals,
        resolved + merged + moved_out as completions
    """
    return of_part(copy, "rpt_flow_weekly", part, "week_start", columns)
