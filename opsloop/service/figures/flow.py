"""Arrivals, completions and backlog, and how old the open work is."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from opsloop.service.figures.parts import Part, Row, of_part
from opsloop.service.figures.periods import Period
from opsloop.service.figures.windows import Window, doubt, holds_day, holds_week, windows

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy


def daily(copy: ServingCopy, part: Part) -> list[Row]:
    """Return each day's arrivals, completions and backlog with their parts, oldest first.

    `is_within_window` says whether an imported log tells the day; null for what lives here.
    """
    rows = of_part(copy, "rpt_flow_daily", part, "day")
    held = _held(copy, part)
    for row in rows:
        row["is_within_window"] = None if held is None else holds_day(held, row["day"])
    return rows


def weekly(copy: ServingCopy, part: Part) -> list[Row]:
    """Return each week's arrivals, completions and backlog with their parts, oldest first.

    `is_within_window` says whether an imported log tells all of the week; null for what lives here.
    """
    columns = """
        iso_week, week_start, is_complete, backlog_start, opened, reopened, moved_in, resolved,
        merged, moved_out, backlog_end, self_resolved,
        opened + reopened + moved_in as arrivals,
        resolved + merged + moved_out as completions
    """
    rows = of_part(copy, "rpt_flow_weekly", part, "week_start", columns)
    held = _held(copy, part)
    for row in rows:
        row["is_within_window"] = None if held is None else holds_week(held, row["week_start"])
    return rows


def _held(copy: ServingCopy, part: Part) -> list[Window] | None:
    """Return the days that an imported log tells, none if that is not known; None without one."""
    return [] if doubt(copy, part) else windows(copy, part)


def first_day(copy: ServingCopy, part: Part) -> date | None:
    """Return the first day that there are figures of; None if there are none."""
    day: date | None = of_part(copy, "rpt_flow_daily", part, "1", "min(day) as day")[0]["day"]
    return day


def of_period(copy: ServingCopy, part: Part, period: Period) -> Row | None:
    """Return what came and went in a period, and the backlog at its ends.

    None if figures know none of its days.
    """
    sql = """
        select
            count(*) as days,
            min(day) as first_day,
            max(day) as last_day,
            arg_min(backlog_start, day) as backlog_start,
            cast(sum(opened) as bigint) as opened,
            cast(sum(reopened) as bigint) as reopened,
            cast(sum(moved_in) as bigint) as moved_in,
            cast(sum(resolved) as bigint) as resolved,
            cast(sum(merged) as bigint) as merged,
            cast(sum(moved_out) as bigint) as moved_out,
            arg_max(backlog_end, day) as backlog_end,
            cast(sum(self_resolved) as bigint) as self_resolved,
            cast(sum(opened + reopened + moved_in) as bigint) as arrivals,
            cast(sum(resolved + merged + moved_out) as bigint) as completions
        from rpt_flow_daily
        where
            dimension = $dimension and dimension_value = $dimension_value
            and day >= $since and day < $until
    """
    values = {"dimension": part.dimension, "dimension_value": part.value, **period.bounds()}
    row = copy.query(sql, values)[0]
    return row if row["days"] else None
