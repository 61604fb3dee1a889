"""What is coming, and whether what came varies as it always has: published weeks, judged.

The figures are those of the retro's models; what is made of them is `opsloop.stats`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from opsloop.errors import Refused
from opsloop.improvements import Part
from opsloop.service.figures import incidents, parts
from opsloop.service.weekly import series_of
from opsloop.stats.forecast import Forecast, Way, forecast_weeks
from opsloop.stats.scales import Measure
from opsloop.stats.xmr import Chart, Of, chart_of_weeks
from opsloop.warehouse.serving import ServingCopy

ARRIVALS, MINUTES, RESOLVE = "arrivals", "minutes", "resolve"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is expected of a weekly figure: `arrivals`, or recorded `minutes`."""

    figure: str
    forecast: Forecast


@dataclass(frozen=True, slots=True)
class Stability:
    """Whether a weekly figure only varies as usual: `arrivals`, or the median to `resolve`.

    Attributes:
        reason: why an imported log cannot tell; None if it can.
    """

    figure: str
    chart: Chart
    reason: str | None = None

    def in_words(self) -> str:
        """Return what is to be said of it as sentences."""
        return self.reason or self.chart.in_words()


def forecasts(copy: ServingCopy, dimension: str, value: str, weeks: int) -> list[Outlook]:
    """Return what is expected of a part of the work in the coming weeks.

    Args:
        weeks: how many ahead, at least 1.
    """
    found = []
    for figure in (ARRIVALS, MINUTES):
        try:
            series = series_of(copy, figure, Part(dimension, value))
        except Refused as refused:
            forecast = Forecast(Way.LATEST_MEAN, (), None, {}, str(refused))
        else:
            forecast = forecast_weeks(series.weeks, series.known_through, weeks)
        found.append(Outlook(figure, forecast))
    return found


def stability(copy: ServingCopy, dimension: str, value: str) -> list[Stability]:
    """Return the control charts of a part of the work."""
    found = []
    for figure, measure, of in (
        (ARRIVALS, Measure.COUNT, Of.COUNTS),
        (RESOLVE, Measure.DURATION, Of.DURATIONS),
    ):
        try:
            series = series_of(copy, figure, Part(dimension, value))
        except Refused as refused:
            found.append(Stability(figure, Chart(of, ()), str(refused)))
            continue
        came = partial(incidents.came_at, copy, parts.Part(dimension, value))
        chart = chart_of_weeks(series.weeks, measure, series.known_through, came)
        found.append(Stability(figure, chart))
    return found
