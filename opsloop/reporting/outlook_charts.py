"""The retro's charts of what is coming, and of what varies as usual."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import altair as alt

from opsloop.reporting import words
from opsloop.reporting.drawing import (
    ACCENT,
    HEIGHT,
    MUTED,
    SHORTEST,
    Drawing,
    chart,
    day_x,
    duration_y,
)
from opsloop.stats.forecast import Coming
from opsloop.stats.xmr import Chart, Of, Point


def forecast(
    past: Sequence[tuple[date, float | None]], ahead: Sequence[Coming], title: str
) -> Drawing:
    """Draw the weeks that were and the weeks that are expected, with their intervals.

    Args:
        past: the Monday and the figure of each complete week; None = unknown, where the line
            breaks.
        title: what is counted, for the axis.
    """
    were = [{"day": str(day), "value": value} for day, value in past]
    coming = [
        {
            "day": str(one.first_day),
            "value": one.expected.value,
            "low": one.expected.low,
            "high": one.expected.high,
        }
        for one in ahead
    ]
    y = alt.Y("value:Q", title=title)
    x = day_x()
    tooltip = [
        alt.Tooltip("day:N", title="week from"),
        *(alt.Tooltip(f"{name}:Q", format=",.0f") for name in ("value", "low", "high")),
    ]
    expected = chart(coming)
    return alt.layer(
        expected.mark_area(opacity=0.16, color=ACCENT).encode(
            x=x, y=alt.Y("low:Q", title=title), y2="high:Q"
        ),
        expected.mark_line(strokeDash=[5, 4], strokeWidth=2, color=ACCENT).encode(x=x, y=y),
        expected.mark_point(filled=True, size=40, color=ACCENT, opacity=1).encode(
            x=x, y=y, tooltip=tooltip
        ),
        chart(were).mark_line(strokeWidth=2, point=True).encode(x=x, y=y, tooltip=tooltip[:2]),
    ).properties(height=HEIGHT)


def stability(found: Chart) -> Drawing:
    """Draw an XmR chart: the points, their limits, and what is unlike the others."""
    is_time = found.of is Of.DURATIONS
    signals = {signal.point.day for signal in found.signals}
    points: list[dict[str, Any]] = [
        {
            "day": str(point.day),
            "seconds": max(point.value, SHORTEST) if is_time else point.value,
            "text": said(found, point),
            "is_signal": point.day in signals,
        }
        for point in found.points
    ]
    limits = [
        {"seconds": max(limit, SHORTEST) if is_time else limit}
        for limit in (found.lower, found.upper)
        if limit is not None
    ]
    centre = [] if found.centre is None else [{"seconds": found.centre}]
    title = "Days between incidents" if found.of is Of.DAYS_BETWEEN else "Incidents"
    drawn = [one["seconds"] for one in (*points, *limits, *centre)]
    y = duration_y(drawn) if is_time else alt.Y("seconds:Q", title=title)
    x = day_x()
    tooltip = [alt.Tooltip("day:N"), alt.Tooltip("text:N", title="figure")]
    dots = chart(points).encode(x=x, y=y, tooltip=tooltip)
    return alt.layer(
        chart(limits).mark_rule(strokeDash=[4, 4], color=MUTED).encode(y=y),
        chart(centre).mark_rule(color=MUTED, opacity=0.7).encode(y=y),
        dots.mark_line(strokeWidth=1.5, opacity=0.7),
        dots.mark_point(filled=True, size=30, opacity=1).transform_filter("!datum.is_signal"),
        dots.mark_point(filled=True, size=80, opacity=1, color=ACCENT).transform_filter(
            "datum.is_signal"
        ),
    ).properties(height=HEIGHT)


def said(found: Chart, point: Point) -> str:
    """Return the figure of a chart's point in words."""
    if found.of is Of.DURATIONS:
        return words.duration(point.value)
    return words.amount(point.value)
