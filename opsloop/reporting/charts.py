"""The retro's charts of incidents, monitors and parts of the work beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from opsloop.reporting import words
from opsloop.reporting.drawing import (
    ACCENT,
    HEIGHT,
    INK,
    MUTED,
    PERCENT,
    SHORTEST,
    Drawing,
    beside,
    chart,
    duration_y,
    legend,
    name_axis,
    period_axis,
)
from opsloop.service.figures.parts import Row

FEWEST_REVIEWED = 10  # of which a share is drawn, as proposals ask for
BARS = 15  # of a Pareto chart; the table has all
DOTS = 2_000  # of open work; the table has all
BANDS = {
    "unknown": "too few were finished to tell",
    "young": "within the median",
    "beyond_median": "longer than half",
    "beyond_p85": "longer than 85 of 100",
    "beyond_p95": "longer than 95 of 100",
}
BAND_COLOURS = {
    "unknown": "#9a9aa2",
    "young": "#5a9ea6",
    "beyond_median": "#7a86a8",
    "beyond_p85": "#d08c36",
    "beyond_p95": "#b3574f",
}
YARDSTICK, SAYS = "p85_seconds", "85 of 100"  # the line; the dots' colours tell of the others


def ages(rows: Sequence[Row]) -> Drawing:
    """Draw the age of each open incident against the 85th percentile of what was finished.

    Args:
        rows: of `rpt_open_work`, the oldest first.
    """
    dots = [
        {
            "incident": row["incident_id"],
            "place": _place(row["incident_id"]),
            "state": words.readable(row["state"]),
            "seconds": max(row["age_seconds"], SHORTEST),
            "age": words.duration(row["age_seconds"]),
            "monitor": words.monitor_name(row["monitor_id"]),
            "band": BANDS[row["age_band"]],
        }
        for row in rows[:DOTS]
    ]
    ends = {row[YARDSTICK] for row in rows[:1]} - {None}
    lines = [{"seconds": max(end, SHORTEST)} for end in ends]
    known = [mark["seconds"] for mark in (*dots, *lines)]
    shown = [one for one in BANDS if any(row["age_band"] == one for row in rows[:DOTS])]
    named = {line["seconds"]: SAYS for line in lines}
    rules = (
        chart(lines)
        .mark_rule(strokeDash=[4, 4], opacity=0.6, color=ACCENT)
        .encode(y=duration_y(known).axis(beside(named)))
    )
    circles = (
        chart(dots)
        .mark_circle(size=46, opacity=0.7)
        .encode(
            x=alt.X("state:N", title=None, axis=name_axis(labelAngle=0, domain=False, ticks=False)),
            xOffset=alt.XOffset("place:Q", scale=alt.Scale(domain=[-0.3, 1.3])),
            y=duration_y(known, has_grid=False),
            color=alt.Color(
                "band:N",
                title=None,
                scale=alt.Scale(
                    domain=[BANDS[one] for one in shown],
                    range=[BAND_COLOURS[one] for one in shown],
                ),
                legend=legend(columns=2),
            ),
            tooltip=["incident:Q", "monitor:N", "state:N", "age:N", "band:N"],
        )
    )
    drawn: alt.LayerChart = (
        alt.layer(rules, circles).resolve_axis(y="independent").properties(height=HEIGHT)
    )
    return drawn


def _place(number: int) -> float:
    """Return where in its column a dot stands, between 0 and 1: apart, and always the same."""
    return number * 0.618034 % 1


def matrix(cells: Sequence[dict[str, Any]], shade: str, *, is_dark: bool) -> Drawing:
    """Draw a grid of weeks and names with a text in each cell, shaded by a number.

    Args:
        cells: with `period`, `name`, `text` and `shade`, in the order of the weeks.
        shade: what the shade means, for the tooltip.
        is_dark: whether the page is; texts inside a chart do not follow its theme.
    """
    weeks = list(dict.fromkeys(cell["period"] for cell in cells))
    names = list(dict.fromkeys(cell["name"] for cell in cells))
    base = chart(cells).encode(
        x=alt.X(
            "period:N", sort=sorted(weeks), title=None, axis=period_axis(len(weeks), orient="top")
        ),
        y=alt.Y("name:N", sort=names, title=None, axis=name_axis(220, domain=False)),
        tooltip=["name:N", "period:N", alt.Tooltip("text:N", title=shade)],
    )
    return alt.layer(
        base.mark_rect(cornerRadius=3, stroke="transparent", strokeWidth=3).encode(
            opacity=alt.Opacity(
                "shade:Q", legend=None, scale=alt.Scale(range=[0.06, 0.55], zero=True)
            )
        ),
        base.mark_text(fontSize=12, color=INK[is_dark]).encode(text="text:N"),
    ).properties(height=max(90, 34 + 30 * len(names)))


def intervals(rows: Sequence[Row]) -> Drawing:
    """Draw each monitor's precision as a dot on its 95 % interval, with its counts beside it.

    What few were reviewed of has its interval alone.
    """
    points = [
        {
            "monitor": words.monitor_name(row["monitor_id"]),
            "precision": row["precision_share"] if row["reviewed"] >= FEWEST_REVIEWED else None,
            "low": row["precision_low"],
            "high": row["precision_high"],
            "of": real(row),
            "interval": words.interval(row["precision_low"], row["precision_high"]),
        }
        for row in rows
        if row["precision_share"] is not None
    ]
    axis = alt.Axis(labelExpr=PERCENT, tickCount=5)
    names = [point["monitor"] for point in points]
    place = alt.Y("monitor:N", sort=names, title=None, axis=name_axis(220))
    base = chart(points).encode(
        y=place,
        tooltip=[
            "monitor:N",
            alt.Tooltip("of:N", title="real of reviewed"),
            alt.Tooltip("interval:N", title="95 % interval"),
        ],
    )
    scale = alt.Scale(domain=[0, 1])
    drawn = alt.layer(
        base.mark_rule(strokeWidth=6, opacity=0.4, strokeCap="round", color=MUTED).encode(
            x=alt.X("low:Q", title=None, axis=axis, scale=scale), x2="high:Q"
        ),
        base.mark_point(filled=True, size=80, opacity=1).encode(
            x=alt.X("precision:Q", title=None, axis=axis, scale=scale),
            y=place.axis(beside({point["monitor"]: point["of"] for point in points})),
        ),
    )
    independent: alt.LayerChart = drawn.resolve_axis(y="independent")
    return independent.properties(height=max(90, 40 + 26 * len(points)))


def real(row: Row) -> str:
    """Return how many of a monitor's reviewed incidents were real."""
    return f"{row['confirmed']:,} of {row['reviewed']:,}"


def pareto(rows: Sequence[Row], dimension: str) -> Drawing:
    """Draw recorded minutes, the most first, with their coverage and what they add up to.

    Args:
        rows: of `figures.work.of_period`.
    """
    bars = [
        {
            "name": words.value_name(row["dimension_value"]),
            "minutes": row["minutes"],
            "so_far": row["minutes_share_so_far"],
            "share": words.percent(row["minutes_share_so_far"]),
            "of": coverage(row),
        }
        for row in rows[:BARS]
        if row["minutes"]
    ]
    order = [bar["name"] for bar in bars]
    place = alt.Y("name:N", sort=order, title=None, axis=name_axis(200, domain=False))
    base = chart(bars).encode(
        y=place,
        tooltip=[
            alt.Tooltip("name:N", title=dimension),
            alt.Tooltip("minutes:Q", format=",.0f"),
            alt.Tooltip("share:N", title="so far"),
            alt.Tooltip("of:N", title="ended with minutes"),
        ],
    )
    adding_up = base.mark_line(point=True, strokeWidth=1.5, opacity=0.8).encode(
        y=place.axis(beside({bar["name"]: bar["of"] for bar in bars})),
        x=alt.X(
            "so_far:Q",
            title="Of all recorded minutes",
            axis=alt.Axis(labelExpr=PERCENT, orient="top", tickCount=3, grid=False),
            scale=alt.Scale(domain=[0, 1]),
        ),
        order="so_far:Q",
        color=alt.value(ACCENT),
    )
    minutes = base.mark_bar(cornerRadiusEnd=2).encode(x=alt.X("minutes:Q", title="Minutes"))
    drawn: alt.LayerChart = (
        alt.layer(minutes, adding_up)
        .resolve_scale(x="independent")
        .resolve_axis(y="independent")
        .properties(height=max(HEIGHT - 60, 96 + 20 * len(bars)))
    )
    return drawn


def coverage(row: Row) -> str:
    """Return of how many ended incidents the minutes are known."""
    return f"{row['recorded_incidents']:,} of {row['ended_incidents']:,}"
