"""The retro's rows in words: what stands in the tables beside its charts. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from app import words
from app.components.charts import period
from opsloop.service.figures.parts import Row

Cells = list[dict[str, Any]]


def named(dimension: str, value: str) -> str:
    """Return a team or monitor as people say it."""
    return words.monitor_name(value) if dimension == "monitor" else words.readable(value)


def flow(rows: Sequence[Row]) -> Cells:
    """Return arrivals, completions and backlog, line by line adding up."""
    return [
        {
            "Period": period(row),
            "Backlog before": row["backlog_start"],
            "Opened": row["opened"],
            "Reopened": row["reopened"],
            "Moved in": row["moved_in"],
            "Resolved": row["resolved"],
            "Merged": row["merged"],
            "Moved out": row["moved_out"],
            "Backlog after": row["backlog_end"],
            "Cleared by themselves": row["self_resolved"],
        }
        for row in rows
    ]


def turnaround(rows: Sequence[Row]) -> Cells:
    """Return a measure's quantiles by week."""
    return [
        {
            "Week opened": period(row),
            "Incidents": row["incidents"],
            "Finished": row["finished"],
            "Still running": row["running"],
            "Median": _quantile(row, "median_seconds"),
            "85th percentile": _quantile(row, "p85_seconds"),
            "95th percentile": _quantile(row, "p95_seconds"),
            "Longest seen": words.duration(row["longest_seconds"]),
        }
        for row in rows
    ]


def escalations(rows: Sequence[Row]) -> Cells:
    """Return escalations and the time to their answers by week."""
    return [
        {
            "Week asked": period(row),
            "Escalations": row["escalations"],
            "Answered": row["answered"],
            "Waiting": row["unanswered"],
            "Answer, median": _quantile(row, "answer_median_seconds", "escalations"),
            "Answer, 85th percentile": _quantile(row, "answer_p85_seconds", "escalations"),
            "Incidents opened": row["incidents_opened"],
            "Of these ever escalated": words.percent(row["escalated_share"]),
        }
        for row in rows
    ]


def comparison(rows: Sequence[Row], dimension: str) -> Cells:
    """Return the headline figures of each team or monitor."""
    return [
        {
            dimension.capitalize(): named(dimension, row["dimension_value"]),
            "Incidents": row["incidents"],
            "Open": row["open"],
            "Acknowledge, median": headline_quantile(row, "acknowledge", "median"),
            "Resolve, median": headline_quantile(row, "resolve", "median"),
            "Resolve, 85th percentile": headline_quantile(row, "resolve", "p85"),
            "Escalations": row["escalations"],
            "Answer, median": headline_quantile(row, "answer", "median"),
            "Answer, 85th percentile": headline_quantile(row, "answer", "p85"),
            "Reopened": row["reopened_incidents"],
            "Cleared by themselves": row["self_resolved"],
        }
        for row in rows
    ]


def precision(rows: Sequence[Row]) -> Cells:
    """Return each monitor's precision with what it rests on."""
    return [
        {
            "Monitor": words.monitor_name(row["monitor_id"]),
            "Incidents": row["incidents"],
            "Reviewed": row["reviewed"],
            "Real": row["confirmed"],
            "False alarms": row["false_alarms"],
            "Precision": words.percent(row["precision_share"]),
            "95 % interval": _interval(row),
        }
        for row in rows
    ]


def cells(
    rows: Sequence[Row], dimension: str, text: Callable[[Row], str], shade: Callable[[Row], float]
) -> Cells:
    """Return the cells of a grid of weeks and teams or monitors."""
    return [
        {
            "period": period(row),
            "name": named(dimension, row["dimension_value"]),
            "text": text(row),
            "shade": shade(row),
        }
        for row in rows
    ]


def listed(found: Cells, dimension: str, what: str) -> Cells:
    """Return the cells of a grid as lines."""
    return [
        {"Week": cell["period"], dimension.capitalize(): cell["name"], what: cell["text"]}
        for cell in found
    ]


def headline_quantile(row: Row, measure: str, quantile: str) -> str:
    """Return a headline's quantile; one that is not reached is more than the longest seen."""
    count = (row[f"{measure}_count"] or 0) + (row[f"{measure}_running"] or 0)
    seconds, longest = row[f"{measure}_{quantile}_seconds"], row[f"{measure}_longest_seconds"]
    return words.quantile(seconds, longest, count)


def _quantile(row: Row, column: str, of: str = "incidents") -> str:
    return words.quantile(row[column], row["longest_seconds"], row[of])


def _interval(row: Row) -> str:
    if row["precision_share"] is None:
        return "not reviewed"
    return f"{words.percent(row['precision_low'])} to {words.percent(row['precision_high'])}"
