"""The sections of the retro page: each asks for its rows, and shows a chart with its table."""

from __future__ import annotations

import streamlit as st

from app import words
from app.components import charts, figures, html, retro_tables
from opsloop.service.figures import escalations as asked
from opsloop.service.figures import flow as flows
from opsloop.service.figures import headline as headlines
from opsloop.service.figures import quality
from opsloop.service.figures import turnaround as turnarounds
from opsloop.service.figures.parts import Part, Row
from opsloop.warehouse.serving import ServingCopy

MEASURES = {
    "resolve": "Resolve",
    "acknowledge": "Acknowledge",
    "final_resolve": "Final resolve",
}
ABOUT_OPEN_WORK = "Open work counts. A triangle: not reached yet, so more than the longest seen."


def headline(copy: ServingCopy, part: Part) -> None:
    """Show the headline figures."""
    row = headlines.headline(copy, part)
    if row is None:
        html.show("note", text="No incidents in this part of the work.")
        return
    html.show("headline", figures=list(_headline_figures(row)))


def flow(copy: ServingCopy, part: Part) -> None:
    """Show arrivals, completions and backlog."""
    title, about = "Arrivals, completions, backlog", "The backlog is what a period leaves open."
    grain = figures.head_with_choice("flow_grain", title, about, {"week": "Weeks", "day": "Days"})
    rows = flows.flow(copy, part, grain)
    figures.show(f"flow_{grain}", charts.flow(rows), retro_tables.flow(rows), title)


def turnaround(copy: ServingCopy, part: Part) -> None:
    """Show how long work takes, by week of opening."""
    measure = figures.head_with_choice(
        "turnaround_measure", "Turnaround", ABOUT_OPEN_WORK, MEASURES
    )
    rows = turnarounds.turnaround(copy, part, measure)
    table = retro_tables.turnaround(rows) if any(row["incidents"] for row in rows) else []
    title = f"Time to {MEASURES[measure].lower()}, by week opened"
    figures.show(f"turnaround_{measure}", charts.quantiles(rows), table, title)


def compare(copy: ServingCopy) -> None:
    """Show the teams and the monitors beside each other."""
    by_team, by_monitor = st.tabs(["Teams", "Monitors"], key="compare_tabs")
    for tab, dimension in ((by_team, "team"), (by_monitor, "monitor")):
        with tab:
            rows = headlines.headlines(copy, dimension)
            table = retro_tables.comparison(rows, dimension)
            st.dataframe(table, key=f"compare_{dimension}", hide_index=True, row_height=30)


def turnaround_by(copy: ServingCopy, dimension: str) -> None:
    """Show the median time to resolve of each week and team, or monitor."""
    rows = turnarounds.turnaround_by(copy, dimension, "resolve")
    cells = retro_tables.cells(
        rows,
        dimension,
        lambda row: words.quantile(row["median_seconds"], row["longest_seconds"], row["incidents"]),
        lambda row: row["median_seconds"] or row["longest_seconds"] or 0,
    )
    title = f"Median time to resolve, by week and {dimension}"
    figures.head(title, "The stronger the shade, the longer.")
    table = retro_tables.listed(cells, dimension, "Median")
    figures.show(f"turnaround_by_{dimension}", _matrix(cells, "Median"), table, title)


def escalations(copy: ServingCopy, part: Part) -> None:
    """Show how often somebody was asked, and how long the answers took."""
    rows = asked.escalations(copy, part)
    table = retro_tables.escalations(rows) if any(row["escalations"] for row in rows) else []
    left, right = st.columns(2, gap="large")
    with left:
        title = "Escalations, by week asked"
        figures.head(title, "Answered ones and those that still wait.")
        figures.show("escalations", charts.stacked_answers(rows), table, title)
    with right:
        title = "Time to answer an escalation, by week asked"
        figures.head(title, "Those that still wait count.")
        figures.show("answers", charts.quantiles(rows, "answer_"), table, title)


def escalations_by(copy: ServingCopy, dimension: str) -> None:
    """Show escalations of each week and team, or monitor, with the median time to answer."""
    rows = asked.escalations_by(copy, dimension)
    cells = retro_tables.cells(rows, dimension, _asked_and_answered, lambda row: row["escalations"])
    title = f"Escalations, by week and {'asking team' if dimension == 'team' else dimension}"
    figures.head(title, "How many, and the median time to answer.")
    table = retro_tables.listed(cells, dimension, "Escalations")
    figures.show(f"escalations_by_{dimension}", _matrix(cells, "Escalations"), table, title)


def precision(copy: ServingCopy) -> None:
    """Show how often each monitor was right, as far as people said so."""
    rows = quality.precision(copy)
    title = "Monitor precision"
    figures.head(title, "Real among those that people reviewed, with its 95 % interval.")
    figures.show("precision", charts.intervals(rows), retro_tables.precision(rows), title)


def _matrix(cells: retro_tables.Cells, shade: str) -> charts.Drawing:
    return charts.matrix(cells, shade, is_dark=st.context.theme.type == "dark")


def _headline_figures(row: Row) -> list[dict[str, str]]:
    matured = words.counted(row["matured"] or 0, "resolve")
    share = words.percent(row["reopen_share"])
    within = f"Reopened within {row['window_days'] or 14} d"
    return [
        _figure("Incidents", f"{row['incidents']:,}", f"{row['open']:,} open"),
        _quantiles(row, "acknowledge", "Acknowledge, median"),
        _quantiles(row, "resolve", "Resolve, median"),
        _figure(
            "Escalations",
            f"{row['escalations']:,}",
            f"on {words.counted(row['escalated_incidents'], 'incident')}",
        ),
        _quantiles(row, "answer", "Answer, median"),
        _figure("Cleared by themselves", f"{row['self_resolved']:,}", "nobody acted on them"),
        _figure(within, share, f"of {matured}" if row["matured"] else "too early to tell"),
    ]


def _quantiles(row: Row, measure: str, label: str) -> dict[str, str]:
    median, high = (
        retro_tables.headline_quantile(row, measure, quantile) for quantile in ("median", "p85")
    )
    return _figure(label, median, f"85th percentile {high}")


def _figure(label: str, value: str, note: str) -> dict[str, str]:
    return {"label": label, "value": value, "note": note}


def _asked_and_answered(row: Row) -> str:
    answer = words.quantile(
        row["answer_median_seconds"], row["longest_seconds"], row["escalations"]
    )
    return f"{row['escalations']}  ·  {answer}"
