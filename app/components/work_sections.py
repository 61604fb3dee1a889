"""The retro's sections on work and cost. What nobody recorded is unknown, never nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import altair as alt
import streamlit as st

from app import words
from app.components import figures, html
from app.components.charts import INK, Drawing, period, period_axis
from app.components.retro_tables import named
from opsloop.service.figures import work
from opsloop.service.figures.parts import Part, Row
from opsloop.warehouse.serving import ServingCopy

SHOWN = 15  # bars; the table has all
HEIGHT = 240
ABOUT = "Recorded minutes, how many incidents have any, and what they add up to."


def show(copy: ServingCopy, part: Part) -> None:
    """Show what the minutes went into, and how many there are by week."""
    total = work.total(copy, part)
    if total and total["recorded_incidents"]:
        figures.head("Work", "What was recorded, and an estimate for what was not.")
        html.show("headline", figures=list(_total(total)))
    by_what, by_week = st.columns(2, gap="large")
    with by_what:
        title = "Minutes by type and monitor"
        choice = {"type": "Types", "monitor": "Monitors", "team": "Teams"}
        dimension = figures.head_with_choice("work_by", title, ABOUT, choice)
        rows = work.by(copy, dimension)
        drawn = rows if any(row["recorded_minutes"] for row in rows) else []
        table = [_line(row, dimension) for row in rows]
        is_dark = st.context.theme.type == "dark"
        chart = pareto(drawn, dimension, is_dark=is_dark)
        figures.show(f"work_{dimension}", chart, table if drawn else [], title)
    with by_week:
        title = "Minutes and open incidents, by week"
        figures.head(title, "When they were worked. A week without a record is unknown.")
        weeks = work.weekly(copy, part)
        has_any = any(row["minutes"] for row in weeks)
        table = [_week(row) for row in weeks] if has_any else []
        figures.show("work_weekly", load(weeks), table, title)


def pareto(rows: Sequence[Row], dimension: str, *, is_dark: bool) -> Drawing:
    """Draw recorded minutes, the most first, with their coverage and what they add up to.

    Args:
        is_dark: whether the page is; texts inside a chart do not follow its theme.
    """
    bars = [
        {
            "name": _name(row, dimension),
            "minutes": row["recorded_minutes"],
            "so_far": row["minutes_share_so_far"],
            "of": _coverage(row),
        }
        for row in rows[:SHOWN]
        if row["recorded_minutes"]
    ]
    order = [bar["name"] for bar in bars]
    y = alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelLimit=200, domain=False))
    tooltip = [
        alt.Tooltip("name:N", title=dimension),
        alt.Tooltip("minutes:Q", format=",.0f"),
        alt.Tooltip("so_far:Q", format=".0%", title="so far"),
        alt.Tooltip("of:N", title="recorded"),
    ]
    base = _chart(bars).encode(y=y, tooltip=tooltip)
    share = alt.Axis(format=".0%", orient="top", tickCount=3, grid=False)
    scale = alt.Scale(domain=[0, 1])
    minutes = alt.X("minutes:Q", title="Minutes")
    bars_with_coverage = alt.layer(
        base.mark_bar(cornerRadiusEnd=2).encode(x=minutes),
        base.mark_text(align="left", dx=5, fontSize=11, color=INK[is_dark]).encode(
            x=minutes, text="of:N"
        ),
    )
    adding_up = base.mark_line(point=True, strokeWidth=1.5, opacity=0.8).encode(
        x=alt.X("so_far:Q", title="Of all recorded minutes", axis=share, scale=scale),
        order="so_far:Q",
        color=alt.value("#d08c36"),
    )
    drawn: alt.LayerChart = (
        alt.layer(bars_with_coverage, adding_up)
        .resolve_scale(x="independent")
        .properties(height=max(HEIGHT - 100, 60 + 24 * len(bars)))
    )
    return drawn


def load(rows: Sequence[Row]) -> Drawing:
    """Draw the recorded minutes of each week; one without any has no bar, which is not zero."""
    order = [period(row) for row in rows]
    bars = [
        {"period": period(row), "minutes": row["minutes"], "open": row["open_at_end"]}
        for row in rows
        if row["minutes"]
    ]
    drawn: alt.Chart = (
        _chart(bars)
        .mark_bar(cornerRadiusEnd=2, size=34)
        .encode(
            x=alt.X(
                "period:N",
                sort=order,
                scale=alt.Scale(domain=order),
                title=None,
                axis=period_axis(len(order)),
            ),
            y=alt.Y("minutes:Q", title="Minutes"),
            tooltip=["period:N", alt.Tooltip("minutes:Q", format=",.0f"), "open:Q"],
        )
    )
    return alt.layer(drawn).properties(height=HEIGHT)


def _total(row: Row) -> Iterator[dict[str, str]]:
    """Yield the recorded and the estimated figures, each with what it rests on."""
    of = f"of {words.counted(row['incidents'], 'incident')}"
    for label, value, count in (
        ("Minutes, recorded", words.amount(row["recorded_minutes"]), "recorded_incidents"),
        ("Minutes, estimated", words.amount(row["estimated_minutes"]), "estimated_incidents"),
        ("Cost, recorded", _cost(row, "recorded_cost"), "costed_incidents"),
        ("Cost, estimated", _cost(row, "estimated_cost"), "estimated_cost_incidents"),
    ):
        if row[count]:
            yield {"label": label, "value": value, "note": f"{row[count]:,} {of}"}


def _line(row: Row, dimension: str) -> dict[str, object]:
    return {
        dimension.capitalize(): _name(row, dimension),
        "Minutes": words.amount(row["recorded_minutes"]),
        "Of all": words.percent(row["minutes_share"]),
        "So far": words.percent(row["minutes_share_so_far"]),
        "Incidents with minutes": _coverage(row),
        "Median": words.amount(row["median_minutes"]),
        "Minutes, estimated": words.amount(row["estimated_minutes"]),
        "Cost, recorded": _cost(row, "recorded_cost"),
        "Cost, estimated": _cost(row, "estimated_cost"),
    }


def _week(row: Row) -> dict[str, object]:
    return {
        "Week": period(row),
        "Minutes": words.amount(row["minutes"]),
        "Incidents worked on": row["worked_incidents"],
        "Ended": row["ended_incidents"],
        "Of these with minutes": row["recorded_incidents"],
        "Open at the end": row["open_at_end"],
    }


def _name(row: Row, dimension: str) -> str:
    value = row["dimension_value"]
    return named("monitor" if value.startswith("mon_") else dimension, value)


def _coverage(row: Row) -> str:
    return f"{row['recorded_incidents']:,} of {row['incidents']:,}"


def _cost(row: Row, name: str) -> str:
    return words.impact(row[name], row["currency"]) or words.UNKNOWN


def _chart(rows: Sequence[dict[str, Any]]) -> alt.Chart:
    return alt.Chart(alt.Data(values=list(rows)))  # type: ignore[no-untyped-call]
