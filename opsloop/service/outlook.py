"""What is coming, and whether what came varies as it always has: published weeks, judged.

The figures are those of the retro's models; what is made of them is `opsloop.stats`.
"""

from __future__ import annotations

from dataclasses import dataclass

from opsloop.service.weekly import whole_weeks
from opsloop.stats.forecast import Forecast, forecast_weeks
from opsloop.stats.scales import Measure
from opsloop.stats.xmr import Chart, chart_of_weeks
from opsloop.warehouse.serving import ServingCopy

ARRIVALS, MINUTES, RESOLVE = "arrivals", "minutes", "resolve"

_ARRIVALS = """
    select week_start, is_complete, opened as figure from rpt_flow_weekly
    where dimension = ? and dimension_value = ? order by week_start
"""
_MINUTES = """
    select week_start, is_complete, minutes as figure from rpt_work_weekly
    where dimension = ? and dimension_value = ? order by week_start
"""
_RESOLVE = """
    select week_start, is_complete, median_seconds as figure from rpt_turnaround_weekly
    where dimension = ? and dimension_value = ? and measure = 'resolve' order by week_start
"""
_OPENED_AT = """
    select opened_at from fct_incidents
    where
        case $dimension
            when 'team' then coalesce(team, '(none)')
            when 'monitor' then coalesce(monitor_id, '(none)')
            when 'source' then source
            else 'all'
        end = $value
        and (source is not null) = ($dimension = 'source')
"""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is expected of a weekly figure: `arrivals`, or recorded `minutes`."""

    figure: str
    forecast: Forecast


@dataclass(frozen=True, slots=True)
class Stability:
    """Whether a weekly figure only varies as usual: `arrivals`, or the median to `resolve`."""

    figure: str
    chart: Chart


def forecasts(copy: ServingCopy, dimension: str, value: str, weeks: int) -> list[Outlook]:
    """Return what is expected of a part of the work in the coming weeks.

    Args:
        weeks: how many ahead, at least 1.
    """
    found = []
    for figure, sql in ((ARRIVALS, _ARRIVALS), (MINUTES, _MINUTES)):
        series, through = whole_weeks(copy.query(sql, [dimension, value]))
        found.append(Outlook(figure, forecast_weeks(series, through, weeks)))
    return found


def stability(copy: ServingCopy, dimension: str, value: str) -> list[Stability]:
    """Return the control charts of a part of the work."""
    part = {"dimension": dimension, "value": value}
    moments = [row["opened_at"] for row in copy.query(_OPENED_AT, part)]
    found = []
    for figure, sql, measure in (
        (ARRIVALS, _ARRIVALS, Measure.COUNT),
        (RESOLVE, _RESOLVE, Measure.DURATION),
    ):
        series, through = whole_weeks(copy.query(sql, [dimension, value]))
        found.append(Stability(figure, chart_of_weeks(series, measure, through, moments)))
    return found
