"""What was promised and kept, and how old open work is beside what was finished."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from app import words
from app.components import charts, figures
from app.components.charts import Drawing, period
from app.components.retro_tables import named
from opsloop.service.figures import service_levels as levels
from opsloop.service.figures.parts import Part, Row
from opsloop.warehouse.serving import ServingCopy

# how a target was kept, in the order of the stack: column → words and colour
KEPT = {
    "met": ("Met", "#2f8f83"),
    "missed_by_queue": ("Missed: nobody had taken it", "#b3574f"),
    "missed_by_hand_over": ("Missed: between owners", "#d08c36"),
    "missed_by_waiting": ("Missed: waiting for others", "#8e6aa3"),
    "missed_by_work": ("Missed: the work itself", "#7a86a8"),
    "running": ("Still running", "#b9c4c9"),
}
BANDS = {
    "young": "within the median",
    "beyond_median": "longer than half",
    "beyond_p85": "longer than 85 of 100",
    "beyond_p95": "longer than 95 of 100",
}
TARGET_WORDS = {
    "resolve": "Resolve",
    "acknowledge": "Acknowledge",
    "first_response": "First response",
    "total_resolve": "Final resolve",
    "next_update": "Updates",
}
QUANTILES = {"median_seconds": "half", "p85_seconds": "85 of 100", "p95_seconds": "95 of 100"}
DRAWN = 2_000  # dots; the table has them all


def targets(copy: ServingCopy, part: Part) -> None:
    """Show how the targets of service levels were kept, by week of opening."""
    title, about = "Service levels, by week opened", "Missed by where most of the time went."
    known = levels.targets(copy, part)
    if not known:
        figures.head(title, "No incident here had a service level.")
        return
    options = {target: TARGET_WORDS[target] for target in known}
    target = figures.head_with_choice("service_level_target", title, about, options)
    rows = levels.weekly(copy, part, target)
    figures.show(f"service_levels_{target}", _kept(rows), [_kept_cells(row) for row in rows], title)


def open_work(copy: ServingCopy, part: Part) -> None:
    """Show the age of open work against the quantiles of what was finished."""
    rows = levels.open_work(copy, part)
    title = "Age of open work"
    figures.head(title, "The lines: by then half, 85 and 95 of 100 were resolved, all of the work.")
    figures.show("open_work", _ages(rows[:DRAWN]), [_age_cells(row) for row in rows], title)


def _kept(rows: Sequence[Row]) -> Drawing:
    order = [period(row) for row in rows]
    parts = [
        {"period": period(row), "what": words_, "incidents": row[column], "place": place}
        for row in rows
        for place, (column, (words_, _)) in enumerate(KEPT.items())
        if row[column]
    ]
    shown = [kept for kept in KEPT.values() if any(part["what"] == kept[0] for part in parts)]
    drawn: alt.Chart = (
        alt.Chart(alt.Data(values=parts))  # type: ignore[no-untyped-call]
        .mark_bar(cornerRadiusEnd=2, size=34)
        .encode(
            x=alt.X("period:N", sort=order, title=None, axis=charts.period_axis(len(order))),
            y=alt.Y("incidents:Q", title="Incidents", axis=alt.Axis(tickMinStep=1)),
            color=alt.Color(
                "what:N",
                title=None,
                scale=alt.Scale(
                    domain=[name for name, _ in shown], range=[colour for _, colour in shown]
                ),
                legend=alt.Legend(
                    orient="top", symbolType="square", symbolStrokeWidth=0, columns=3
                ),
            ),
            order=alt.Order("place:Q"),
            tooltip=["period:N", "what:N", "incidents:Q"],
        )
    )
    return alt.layer(drawn).properties(height=charts.HEIGHT)


def _kept_cells(row: Row) -> dict[str, Any]:
    decided = row["met"] + row["missed"]
    return {
        "Week opened": period(row),
        "Met": row["met"],
        "Missed": row["missed"],
        "Of these still open": row["missed_and_open"],
        "Still running": row["running"],
        "Nothing to judge": row["void"] + row["unknown"],
        "Kept": f"{row['met']} of {decided}" if decided else "–",
        "95 % interval": _interval(row) if decided else "–",
        "Missed by, median": words.duration(row["median_missed_by_seconds"]),
    } | {name: row[column] for column, (name, _) in KEPT.items() if column.startswith("missed_by")}


def _interval(row: Row) -> str:
    return f"{words.percent(row['met_share_low'])} to {words.percent(row['met_share_high'])}"


def _ages(rows: Sequence[Row]) -> Drawing:
    dots = [
        {
            "incident": row["incident_id"],
            "state": words.readable(row["state"]),
            "seconds": max(row["age_seconds"], charts.SHORTEST),
            "age": words.duration(row["age_seconds"]),
            "monitor": named("monitor", row["monitor_id"]) if row["monitor_id"] else "by hand",
            "band": BANDS[row["age_band"]],
        }
        for row in rows
    ]
    lines = [
        {"seconds": max(rows[0][column], charts.SHORTEST), "text": text}
        for column, text in QUANTILES.items()
        if rows and rows[0][column] is not None
    ]
    y = alt.Y(
        "seconds:Q",
        title=None,
        scale=alt.Scale(type="log", nice=False, padding=14),
        axis=charts.duration_axis(),
    )
    return alt.layer(
        alt.Chart(alt.Data(values=lines))  # type: ignore[no-untyped-call]
        .mark_rule(strokeDash=[4, 4], opacity=0.6)
        .encode(y=y, tooltip=["text:N"]),
        alt.Chart(alt.Data(values=dots))  # type: ignore[no-untyped-call]
        .mark_circle(size=46, opacity=0.65)
        .encode(
            x=alt.X("state:N", title=None, axis=alt.Axis(labelAngle=0, domain=False, ticks=False)),
            xOffset=alt.XOffset("jitter:Q"),
            y=y,
            color=alt.Color(
                "band:N",
                title=None,
                scale=alt.Scale(domain=list(BANDS.values())),
                legend=alt.Legend(orient="top", symbolStrokeWidth=0),
            ),
            tooltip=["incident:Q", "monitor:N", "state:N", "age:N", "band:N"],
        )
        .transform_calculate(jitter="random()"),
    ).properties(height=charts.HEIGHT)


def _age_cells(row: Row) -> dict[str, Any]:
    return {
        "Incident": row["incident_id"],
        "Monitor": named("monitor", row["monitor_id"]) if row["monitor_id"] else "by hand",
        "Team": words.readable(row["team"]) if row["team"] else "–",
        "Priority": row["priority"] or "–",
        "State": words.readable(row["state"]),
        "Age": words.duration(row["age_seconds"]),
        "As it is since": words.duration(row["seconds_in_state"]),
        "Beside what was finished": BANDS[row["age_band"]],
    }
