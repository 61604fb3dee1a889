"""The retro's charts over weeks or days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from opsloop.reporting import words
from opsloop.reporting.drawing import (
    HEIGHT,
    MUTED,
    SHORTEST,
    Drawing,
    around,
    chart,
    chosen_ground,
    count_y,
    duration_y,
    legend,
    order_of,
    period,
    period_x,
)
from opsloop.service.figures.parts import Row
from opsloop.service.figures.periods import Period

BAR = alt.RelativeBandSize(band=0.72)  # of a week's place
DOTTED = 120  # weeks or days: dots of more of them would hide their line
QUANTILES = {"median": "Median", "p85": "85th percentile"}
FLOWS = {"arrivals": "Arrivals", "completions": "Completions", "backlog_end": "Backlog"}
# how a target was kept, in the order of the stack: column → words and colour
KEPT = {
    "met": ("Met", "#2f8f83"),
    "missed_by_queue": ("Missed: nobody had taken it", "#b3574f"),
    "missed_by_hand_over": ("Missed: between owners", "#d08c36"),
    "missed_by_waiting": ("Missed: waiting for others", "#8e6aa3"),
    "missed_by_work": ("Missed: the work itself", "#7a86a8"),
    "running": ("Still running", "#b9c4c9"),
}

# how incidents ended, in the order of the stack
ENDINGS = {
    "confirmed": ("Real", "#2f8f83"),
    "accepted": ("Accepted", "#5f9e6e"),
    "duplicates": ("Duplicate", "#7a86a8"),
    "self_resolved": ("Cleared by themselves", "#b9c4c9"),
    "false_alarms": ("False alarm", "#b3574f"),
}


def flow(rows: Sequence[Row], chosen: Period) -> Drawing:
    """Draw arrivals, completions and the backlog at each period's end as lines."""
    rows = around(rows, chosen)
    order = order_of(rows)
    points = [
        {"period": period(row), "what": what, "incidents": figures[name]}
        for row in rows
        for figures in [with_sums(row)]
        for name, what in FLOWS.items()
    ]
    lines = chart(points).encode(
        x=period_x(order),
        y=count_y("Incidents", has_any=any(point["incidents"] for point in points)),
        color=alt.Color(
            "what:N", title=None, scale=alt.Scale(domain=list(FLOWS.values())), legend=legend()
        ),
        tooltip=["period:N", "what:N", "incidents:Q"],
    )
    layers = [chosen_ground(rows, chosen), lines.mark_line(strokeWidth=2)]
    if len(order) <= DOTTED:
        layers.append(lines.mark_point(filled=True, size=34, opacity=1))
    return alt.layer(*layers).properties(height=HEIGHT)


def with_sums(row: Row) -> Row:
    """Return a row of flow with its arrivals and completions."""
    return row | {
        "arrivals": row["opened"] + row["reopened"] + row["moved_in"],
        "completions": row["resolved"] + row["merged"] + row["moved_out"],
    }


def quantiles(rows: Sequence[Row], chosen: Period, prefix: str = "") -> Drawing:
    """Draw the median and the 85th percentile of each week, and the band between them.

    What is not reached is more than the longest seen: a triangle stands there and points up. Lines
    and band break there, and at a week without any: between its neighbours nothing is known.

    Args:
        prefix: of the columns' names, such as "answer_".
    """
    rows = around(rows, chosen)
    order = order_of(rows)
    points = [point for row in rows for point in _quantile_points(row, prefix)]
    bands = [_band(low, high) for low, high in zip(points[::2], points[1::2], strict=True)]
    known = [point[end] for point in points for end in ("reached", "beyond")]
    base = chart(points).encode(
        x=period_x(order),
        y=duration_y(known, "reached"),
        color=alt.Color(
            "quantile:N",
            title=None,
            scale=alt.Scale(domain=list(QUANTILES.values())),
            legend=legend(),
        ),
        tooltip=["period:N", "quantile:N", alt.Tooltip("text:N", title="time"), "of:N"],
    )
    return alt.layer(
        chosen_ground(rows, chosen),
        chart(bands)
        .mark_area(opacity=0.12, color=MUTED)
        .encode(x=period_x(order), y=duration_y(known, "low"), y2="high:Q"),
        base.mark_line(strokeWidth=2),
        base.mark_point(filled=True, size=48, opacity=1),
        base.mark_point(shape="triangle-up", size=90, opacity=1).encode(
            y=duration_y(known, "beyond")
        ),
    ).properties(height=HEIGHT)


def stacked_answers(rows: Sequence[Row], chosen: Period) -> Drawing:
    """Draw the escalations of each week, answered and not."""
    rows = around(rows, chosen)
    parts = [
        {"period": period(row), "what": what, "escalations": row[column]}
        for row in rows
        for what, column in (("Answered", "answered"), ("Waiting", "unanswered"))
    ]
    bars = (
        chart(parts)
        .mark_bar(cornerRadiusEnd=2, width=BAR)
        .encode(
            x=period_x(order_of(rows)),
            y=count_y("Escalations", "escalations"),
            color=alt.Color(
                "what:N",
                title=None,
                scale=alt.Scale(domain=["Answered", "Waiting"]),
                legend=legend(),
            ),
            tooltip=["period:N", "what:N", "escalations:Q"],
        )
    )
    return alt.layer(chosen_ground(rows, chosen), bars).properties(height=HEIGHT)


def kept(rows: Sequence[Row], chosen: Period) -> Drawing:
    """Draw how a target was kept, as counts, by where most of the time of a miss went."""
    return _stacked(rows, chosen, KEPT)


def endings(rows: Sequence[Row], chosen: Period) -> Drawing:
    """Draw how incidents ended, as counts."""
    return _stacked(rows, chosen, ENDINGS)


def _stacked(rows: Sequence[Row], chosen: Period, kinds: Mapping[str, tuple[str, str]]) -> Drawing:
    """Draw counts of each week on top of each other; only those kinds that there are.

    Args:
        kinds: column → words and colour, from the bottom up.
    """
    rows = around(rows, chosen)
    parts = [
        {"period": period(row), "what": says, "incidents": row[column], "place": place}
        for row in rows
        for place, (column, (says, _)) in enumerate(kinds.items())
        if row[column]
    ]
    shown = [one for one in kinds.values() if any(part["what"] == one[0] for part in parts)]
    bars = (
        chart(parts)
        .mark_bar(cornerRadiusEnd=2, width=BAR)
        .encode(
            x=period_x(order_of(rows)),
            y=count_y("Incidents"),
            color=alt.Color(
                "what:N",
                title=None,
                scale=alt.Scale(
                    domain=[name for name, _ in shown], range=[colour for _, colour in shown]
                ),
                legend=legend(columns=2),
            ),
            order=alt.Order("place:Q"),
            tooltip=["period:N", "what:N", "incidents:Q"],
        )
    )
    return alt.layer(chosen_ground(rows, chosen), bars).properties(height=HEIGHT)


def load(rows: Sequence[Row], chosen: Period) -> Drawing:
    """Draw the recorded minutes of each week, and how many incidents were open at its end.

    A week without minutes has no bar, which is not zero.
    """
    rows = around(rows, chosen)
    minutes, still_open = "Minutes", "Open at the end"
    has_open = any(row["open_at_end"] for row in rows)
    drawn_of = {
        what: chart(
            [
                {"period": period(row), "what": what, "count": row[column]}
                for row in rows
                if row[column] is not None
            ]
        ).encode(
            x=period_x(order_of(rows)),
            color=alt.Color(
                "what:N",
                title=None,
                scale=alt.Scale(domain=[minutes, still_open]),
                legend=legend(),
            ),
            tooltip=["period:N", "what:N", alt.Tooltip("count:Q", format=",.0f")],
        )
        for what, column in ((minutes, "minutes"), (still_open, "open_at_end"))
    }
    drawn: alt.LayerChart = (
        alt.layer(
            chosen_ground(rows, chosen),
            drawn_of[minutes]
            .mark_bar(cornerRadiusEnd=2, width=BAR)
            .encode(y=alt.Y("count:Q", title="Minutes")),
            drawn_of[still_open]
            .mark_line(strokeWidth=2, point=True)
            .encode(y=count_y("Open incidents", "count", has_any=has_open, has_grid=False)),
        )
        .resolve_scale(y="independent")
        .properties(height=HEIGHT)
    )
    return drawn


def _quantile_points(row: Row, prefix: str) -> list[dict[str, Any]]:
    """Return the quantiles of a week: where each is, or beyond where; neither in an empty week."""
    longest = row["longest_seconds"]
    count = row["escalations"] if prefix == "answer_" else row["incidents"]
    return [
        {
            "period": period(row),
            "quantile": label,
            "reached": _drawn(seconds),
            "beyond": _drawn(longest if seconds is None else None),
            "text": words.quantile(seconds, longest, count),
            "of": words.counted(count or 0, "escalation" if prefix else "incident"),
        }
        for name, label in QUANTILES.items()
        for seconds in [row[f"{prefix}{name}_seconds"]]
    ]


def _band(low: dict[str, Any], high: dict[str, Any]) -> dict[str, Any]:
    """Return a week's band, which is known only between two quantiles that are both reached."""
    ends = (low["reached"], high["reached"])
    first, last = (None, None) if None in ends else ends
    return {"period": low["period"], "low": first, "high": last}


def _drawn(seconds: float | None) -> float | None:
    return None if seconds is None else max(seconds, SHORTEST)
