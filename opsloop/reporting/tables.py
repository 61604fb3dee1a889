"""The retro's rows in words: what stands in the tables beside its charts. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from numbers import Number
from typing import Any

from opsloop.reporting import words
from opsloop.reporting.charts import BANDS, coverage, real
from opsloop.reporting.drawing import period
from opsloop.reporting.weekly_charts import ENDINGS, KEPT
from opsloop.service.figures.parts import Row

Cells = list[dict[str, Any]]

_NUMBER = re.compile(r"([<>] )?[+−-]?\d")  # as a number begins, or a length of time


def of_numbers(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the columns that stand at the right: those of numbers, but the first, which names."""
    columns = list(rows[0])[1:] if rows else []
    told = {name: {row[name] for row in rows} - {None, words.UNKNOWN} for name in columns}
    return [name for name in columns if told[name] and all(map(_is_number, told[name]))]


def _is_number(value: object) -> bool:
    return isinstance(value, Number) or (isinstance(value, str) and bool(_NUMBER.match(value)))


def flow(rows: Sequence[Row]) -> Cells:
    """Return arrivals, completions and backlog, line by line adding up."""
    return [
        {
            "Period": period(row),
            "Before": row["backlog_start"],
            "Opened": row["opened"],
            "Reopened": row["reopened"],
            "Moved in": row["moved_in"],
            "Resolved": row["resolved"],
            "Merged": row["merged"],
            "Moved out": row["moved_out"],
            "After": row["backlog_end"],
            "Self-cleared": row["self_resolved"],
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
            "85th percentile": _quantile(row, "answer_p85_seconds", "escalations"),
            "Escalated of opened": (f"{row['opened_escalated']:,} of {row['incidents_opened']:,}"),
        }
        for row in rows
    ]


def comparison(rows: Sequence[Row], dimension: str) -> Cells:
    """Return the headline figures of each team or monitor."""
    return [
        {
            words.dimension_name(dimension).capitalize(): words.value_name(row["dimension_value"]),
            "Incidents": row["incidents"],
            "Open": row["open"],
            "Acknowledge, median": headline_quantile(row, "acknowledge", "median"),
            "Resolve, median": headline_quantile(row, "resolve", "median"),
            "Resolve, 85th percentile": headline_quantile(row, "resolve", "p85"),
            "Their escalations": row["escalations"],
            "Answer, median": headline_quantile(row, "answer", "median"),
            "Answer, 85th percentile": headline_quantile(row, "answer", "p85"),
            "Reopened": row["reopened_incidents"],
            "Self-cleared": row["self_resolved"],
        }
        for row in rows
    ]


def precision(rows: Sequence[Row]) -> Cells:
    """Return each monitor's precision, as counts with their interval."""
    return [
        {
            "Monitor": words.monitor_name(row["monitor_id"]),
            "Incidents": row["incidents"],
            "Real of reviewed": real(row) if row["reviewed"] else words.UNKNOWN,
            "95 % interval": words.interval(row["precision_low"], row["precision_high"]),
            "False alarms": row["false_alarms"],
        }
        for row in rows
    ]


def headline_quantile(row: Row, measure: str, quantile: str) -> str:
    """Return a headline's quantile; one that is not reached is more than the longest seen."""
    count = (row[f"{measure}_count"] or 0) + (row[f"{measure}_running"] or 0)
    seconds, longest = row[f"{measure}_{quantile}_seconds"], row[f"{measure}_longest_seconds"]
    return words.quantile(seconds, longest, count)


def service_levels(rows: Sequence[Row]) -> Cells:
    """Return how a target was kept by week, with the causes of its misses."""
    return [
        {
            "Week opened": period(row),
            "Met": kept(row),
            "Missed": row["missed"],
            "Missed, open": row["missed_and_open"],
            "Still running": row["running"],
            "Not judged": row["void"] + row["unknown"],
            "95 % interval": words.interval(row["met_share_low"], row["met_share_high"]),
            "Late by, median": words.duration(row["median_missed_by_seconds"]),
        }
        | {says: row[column] for column, (says, _) in KEPT.items() if "missed_by" in column}
        for row in rows
    ]


def kept(row: Row) -> str:
    """Return met of those that are decided, as counts."""
    decided = row["met"] + row["missed"]
    return f"{row['met']} of {decided}" if decided else words.UNKNOWN


def endings(rows: Sequence[Row]) -> Cells:
    """Return how incidents ended by week, and what came back."""
    return [
        {"Week": period(row), "Ended": row["ended"]}
        | {says: row[column] for column, (says, _) in ENDINGS.items()}
        | {
            "Reopened": row["reopened"],
            "Changed hands": row["reassignments"],
            "Back and forth": row["ping_pongs"],
        }
        for row in rows
    ]


def open_work(rows: Sequence[Row]) -> Cells:
    """Return open incidents with their age, beside what was finished."""
    return [
        {
            "Incident": row["incident_id"],
            "Monitor": words.monitor_name(row["monitor_id"]),
            "Team": words.value_name(row["team"] or words.UNKNOWN),
            "Priority": row["priority"] or words.UNKNOWN,
            "State": words.readable(row["state"]),
            "Age": words.duration(row["age_seconds"]),
            "In this state": words.duration(row["seconds_in_state"]),
            "Compared": BANDS[row["age_band"]],
        }
        for row in rows
    ]


def minutes(rows: Sequence[Row], dimension: str) -> Cells:
    """Return recorded minutes, the most first, with what they know of."""
    has_rates = any(row["cost"] is not None for row in rows)
    return [
        {
            words.dimension_name(dimension).capitalize(): words.value_name(row["dimension_value"]),
            "Minutes": words.amount(row["minutes"]),
            "Of all": words.percent(row["minutes_share"]),
            "So far": words.percent(row["minutes_share_so_far"]),
            "Incidents worked on": row["worked_incidents"],
            "Ended with minutes": coverage(row),
        }
        | ({"Cost": _cost(row)} if has_rates else {})
        for row in rows
    ]


def _cost(row: Row) -> str:
    return words.impact(row["cost"], row["currency"]) or words.UNKNOWN


def load(rows: Sequence[Row]) -> Cells:
    """Return recorded minutes by week, with what they know of and what was open."""
    return [
        {
            "Week": period(row),
            "Minutes": words.amount(row["minutes"]),
            "Incidents worked on": row["worked_incidents"],
            "Ended": row["ended_incidents"],
            "With minutes": row["recorded_incidents"],
            "Open at the end": row["open_at_end"],
        }
        for row in rows
    ]


def _quantile(row: Row, column: str, of: str = "incidents") -> str:
    return words.quantile(row[column], row["longest_seconds"], row[of])
