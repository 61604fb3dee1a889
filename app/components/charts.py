"""The retro's charts. Rows of the retro models come in; nothing is computed but where to draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from app import words
from opsloop.service.figures.parts import Row

Drawing = alt.Chart | alt.LayerChart | alt.FacetChart

HEIGHT = 240
INK = {False: "#1b2530", True: "#e3e9ed"}
QUANTILES = {"median": "Median", "p85": "85th percentile"}
ARRIVALS, COMPLETIONS, BACKLOG = "Arrivals", "Completions", "Backlog"

# one label for any length of time: minutes, hours or days
_MINUTES = (1, 5, 15, 30, 60, 120, 240, 480, 1440, 2880, 5760, 10080, 20160, 43200)
SHORTEST = 30  # seconds, on the logarithmic axis
_DURATION_LABEL = (
    "datum.value >= 86400 ? format(datum.value / 86400, '.3~r') + ' d'"
    " : datum.value >= 3600 ? format(datum.value / 3600, '.3~r') + ' h'"
    " : format(datum.value / 60, '.3~r') + ' min'"
)


def period(row: Row) -> str:
    """Return a row's week or day as the axis names it; a week that still runs says so."""
    if "day" in row:
        return f"{row['day']:%d %b}"
    week = str(row["iso_week"]).replace("-", " ")
    return week if row["is_complete"] else f"{week} so far"


def flow(rows: Sequence[Row]) -> Drawing:
    """Draw arrivals and completions as bars, the backlog at each period's end as a line."""
    order = [period(row) for row in rows]
    bars = [
        {"period": period(row), "what": what, "incidents": row[column]}
        for row in rows
        for what, column in ((ARRIVALS, "opened"), (COMPLETIONS, "resolved"))
    ]
    line = [
        {"period": period(row), "what": BACKLOG, "incidents": row["backlog_end"]} for row in rows
    ]
    x = alt.X("period:N", sort=order, title=None, axis=period_axis(len(order)))
    y = alt.Y("incidents:Q", title="Incidents", axis=alt.Axis(tickMinStep=1))
    colour = alt.Color(
        "what:N",
        title=None,
        scale=alt.Scale(domain=[ARRIVALS, COMPLETIONS, BACKLOG]),
        legend=_legend(),
    )
    tooltip = ["period:N", "what:N", "incidents:Q"]
    return alt.layer(
        _chart(bars)
        .mark_bar(cornerRadiusEnd=2)
        .encode(x=x, y=y, xOffset=alt.XOffset("what:N"), color=colour, tooltip=tooltip),
        _chart(line)
        .mark_line(point=True, strokeWidth=2)
        .encode(x=x, y=y, color=colour, tooltip=tooltip),
    ).properties(height=HEIGHT)


def quantiles(rows: Sequence[Row], prefix: str = "") -> Drawing:
    """Draw the median and the 85th percentile of each week.

    What is not reached is more than the longest seen: a triangle stands there and points up.

    Args:
        prefix: of the columns' names, such as "answer_".
    """
    order = list(dict.fromkeys(period(row) for row in rows))
    points = [point for row in rows for point in _quantile_points(row, prefix)]
    base = _chart(points).encode(
        x=alt.X(
            "period:N",
            sort=order,
            scale=alt.Scale(domain=order),
            title=None,
            axis=period_axis(len(order)),
        ),
        y=alt.Y(
            "seconds:Q",
            title=None,
            scale=alt.Scale(type="log", nice=False, padding=14),
            axis=duration_axis(),
        ),
        color=alt.Color(
            "quantile:N",
            title=None,
            scale=alt.Scale(domain=list(QUANTILES.values())),
            legend=_legend(),
        ),
        tooltip=["period:N", "quantile:N", alt.Tooltip("text:N", title="time"), "of:N"],
    )
    return alt.layer(
        base.mark_line(strokeWidth=2).transform_filter("datum.is_reached"),
        base.mark_point(filled=True, size=60, opacity=1).transform_filter("datum.is_reached"),
        base.mark_point(shape="triangle-up", size=90, opacity=1).transform_filter(
            "!datum.is_reached"
        ),
    ).properties(height=HEIGHT)


def stacked_answers(rows: Sequence[Row]) -> Drawing:
    """Draw the escalations of each week, answered and not."""
    order = [period(row) for row in rows]
    parts = [
        {"period": period(row), "what": what, "escalations": row[column]}
        for row in rows
        for what, column in (("Answered", "answered"), ("Waiting", "unanswered"))
    ]
    drawn: alt.Chart = (
        _chart(parts)
        .mark_bar(cornerRadiusEnd=2, size=34)
        .encode(
            x=alt.X("period:N", sort=order, title=None, axis=period_axis(len(order))),
            y=alt.Y("escalations:Q", title="Escalations", axis=alt.Axis(tickMinStep=1)),
            color=alt.Color(
                "what:N",
                title=None,
                scale=alt.Scale(domain=["Answered", "Waiting"]),
                legend=_legend(),
            ),
            tooltip=["period:N", "what:N", "escalations:Q"],
        )
    )
    return alt.layer(drawn).properties(height=HEIGHT)


def matrix(cells: Sequence[dict[str, Any]], shade: str, *, is_dark: bool) -> Drawing:
    """Draw a grid of weeks and names with a text in each cell, shaded by a number.

    Args:
        cells: with `period`, `name`, `text` and `shade`, in the order of the weeks.
        shade: what the shade means, for the tooltip.
        is_dark: whether the page is; texts inside a chart do not follow its theme.
    """
    weeks = list(dict.fromkeys(cell["period"] for cell in cells))
    names = list(dict.fromkeys(cell["name"] for cell in cells))
    base = _chart(cells).encode(
        x=alt.X(
            "period:N", sort=sorted(weeks), title=None, axis=period_axis(len(weeks), orient="top")
        ),
        y=alt.Y("name:N", sort=names, title=None, axis=alt.Axis(labelLimit=220, domain=False)),
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
    """Draw each monitor's precision as a dot on its 95 % interval."""
    points = [
        {
            "monitor": words.monitor_name(row["monitor_id"]),
            "precision": row["precision_share"],
            "low": row["precision_low"],
            "high": row["precision_high"],
            "of": f"{row['confirmed']} of {row['reviewed']} reviewed",
        }
        for row in rows
        if row["precision_share"] is not None
    ]
    axis = alt.Axis(format=".0%", tickCount=5)
    base = _chart(points).encode(
        y=alt.Y(
            "monitor:N",
            sort=[point["monitor"] for point in points],
            title=None,
            axis=alt.Axis(labelLimit=220),
        ),
        tooltip=["monitor:N", alt.Tooltip("precision:Q", format=".0%"), "of:N"],
    )
    scale = alt.Scale(domain=[0, 1])
    return alt.layer(
        base.mark_rule(strokeWidth=6, opacity=0.25, strokeCap="round").encode(
            x=alt.X("low:Q", title=None, axis=axis, scale=scale), x2="high:Q"
        ),
        base.mark_point(filled=True, size=80, opacity=1).encode(
            x=alt.X("precision:Q", title=None, axis=axis, scale=scale)
        ),
    ).properties(height=max(90, 40 + 26 * len(points)))


def duration_axis() -> alt.Axis:
    """Return a logarithmic axis of seconds in minutes, hours and days."""
    return alt.Axis(labelExpr=_DURATION_LABEL, values=[60 * minutes for minutes in _MINUTES])


def _quantile_points(row: Row, prefix: str) -> list[dict[str, Any]]:
    longest = row["longest_seconds"]
    count = row["escalations"] if prefix == "answer_" else row["incidents"]
    if not count or longest is None:
        return []
    return [
        {
            "period": period(row),
            "quantile": label,
            "seconds": max(longest if seconds is None else seconds, SHORTEST),
            "is_reached": seconds is not None,
            "text": words.quantile(seconds, longest, count),
            "of": words.counted(count, "escalation" if prefix else "incident"),
        }
        for name, label in QUANTILES.items()
        for seconds in [row[f"{prefix}{name}_seconds"]]
    ]


def _chart(rows: Sequence[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.Data(values=list(rows)))  # type: ignore[no-untyped-call]


def _legend() -> alt.Legend:
    return alt.Legend(orient="top", symbolType="square", symbolSize=70, symbolStrokeWidth=0)


def period_axis(count: int, orient: str = "bottom") -> alt.Axis:
    """Return the axis of weeks or days; many of them stand upright."""
    return alt.Axis(
        labelAngle=0 if count <= 12 else -90,
        labelOverlap="greedy",
        orient=orient,  # type: ignore[arg-type]
        domain=orient == "bottom",
        ticks=False,
    )
