"""The figures of the retro's first screen, in the order in which a team reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from opsloop.reporting import charts, tables, weekly_charts, words
from opsloop.reporting.figure import Figure, Number, View, both, count, text
from opsloop.reporting.leads import Lead, to_days_of, to_incidents
from opsloop.service.figures import cohorts, escalations, flow, service_levels, turnaround, work
from opsloop.service.figures.parts import SOURCE
from opsloop.service.figures.windows import doubt

if TYPE_CHECKING:
    from opsloop.service.figures.parts import Row
    from opsloop.service.figures.periods import Period
    from opsloop.warehouse.serving import ServingCopy

GRAINS: Mapping[str, str] = {"week": "Weeks", "day": "Days"}
MEASURES: Mapping[str, str] = {
    "resolve": "Resolve",
    "acknowledge": "Acknowledge",
    "final_resolve": "Final resolve",
}
TARGETS: Mapping[str, str] = {
    "resolve": "Resolve",
    "acknowledge": "Acknowledge",
    "first_response": "First response",
    "total_resolve": "Final resolve",
    "next_update": "Updates",
}
LEFT_OUT = {"acknowledge": ["What cleared before anybody acted is left out."]}
WORK_BY: Mapping[str, str] = {"type": "Types", "monitor": "Monitors", "team": "Teams"}
CAUSES: Mapping[str, str] = {
    "queue": "Nobody had taken it",
    "hand_over": "Between owners",
    "waiting": "Waiting for others",
    "work": "The work itself",
}
TRIANGLE = "A triangle: not reached yet, so more than the longest seen."


def arrivals(copy: ServingCopy, view: View, grain: str = "week") -> Figure:
    """Return what came in, what was done, and what that left open."""
    title = "Arrivals, completions, backlog"
    reason = doubt(copy, view.part)
    if reason:
        return Figure(key=f"flow_{grain}", title=title, about="", missing=reason)
    rows = _flow(copy, view, grain)
    now, before = both(view, lambda period: flow.of_period(copy, view.part, period))
    return Figure(
        key=f"flow_{grain}",
        title=title,
        about="What came in, what was done, and what that leaves open.",
        numbers=list(_flow_numbers(now, before)) if now else (),
        draw=(lambda _: weekly_charts.flow(rows, view.period)) if rows else None,
        table=tables.flow(rows),
        leads=[to_days_of(row) for row in rows],
    )


def _flow(copy: ServingCopy, view: View, grain: str) -> list[Row]:
    """Return the weeks or days of which all is known: an imported log knows its window alone."""
    rows = (flow.weekly if grain == "week" else flow.daily)(copy, view.part)
    return [row for row in rows if row["is_within_window"] is not False]


def _flow_numbers(now: Row, before: Row | None) -> Iterator[Number]:
    yield count("Arrivals", "arrivals", now, before, to_incidents("arrivals"))
    yield count("Completions", "completions", now, before, to_incidents("completions"))
    start, end = now["backlog_start"], now["backlog_end"]
    yield Number(
        "Backlog at the end",
        f"{end:,}",
        f"{start:,} at the beginning",
        to_incidents("backlog") if end else None,
    )
    yield count("Cleared by themselves", "self_resolved", now, before, to_incidents("cleared"))


def age(copy: ServingCopy, view: View) -> Figure:
    """Return how old the open work is, against what was finished."""
    if view.part.dimension == SOURCE:
        missing = "Open work of an imported log is not laid out by age."
        return Figure(key="open_work", title="Age of open work", about="", missing=missing)
    rows = service_levels.open_work(copy, view.part)
    old = sum(row["age_band"] in ("beyond_p85", "beyond_p95") for row in rows)
    numbers = [
        Number("Open", f"{len(rows):,}", "now", to_incidents("open") if rows else None),
        Number(
            "Older than 85 of 100 took",
            f"{old:,}",
            f"of {len(rows):,}",
            to_incidents("old") if old else None,
        ),
    ]
    return Figure(
        key="open_work",
        title="Age of open work",
        about="Each dot is an open incident. The line: by then 85 of 100 were resolved.",
        numbers=numbers if rows else (),
        draw=(lambda _: charts.ages(rows)) if rows else None,
        table=tables.open_work(rows),
        leads=[Lead(incident_id=row["incident_id"]) for row in rows],
        missing="Nothing is open here.",
    )


def times(copy: ServingCopy, view: View, measure: str = "resolve") -> Figure:
    """Return how long it takes, by week of opening; the numbers are of the period's incidents."""
    rows = turnaround.turnaround(copy, view.part, measure)
    now, before = both(view, lambda period: cohorts.headline(copy, period, view.part))
    has_any = any(row["incidents"] for row in rows)
    return Figure(
        key=f"turnaround_{measure}",
        title=f"Time to {MEASURES[measure].lower()}, by week opened",
        about=" ".join(["Open work counts.", *LEFT_OUT.get(measure, ()), TRIANGLE]),
        numbers=list(_time_numbers(measure, now, before)) if now["incidents"] else (),
        draw=(lambda _: weekly_charts.quantiles(rows, view.period)) if has_any else None,
        table=tables.turnaround(rows) if has_any else (),
        leads=[to_days_of(row) for row in rows],
    )


def _time_numbers(measure: str, now: Row, before: Row | None) -> Iterator[Number]:
    yield text("Median", partial(_quantile, measure, "median"), now, before)
    yield text("85th percentile", partial(_quantile, measure, "p85"), now, before)
    in_hours = f"{measure}_business"
    if now[f"{in_hours}_count"]:
        yield text("Median in open hours", partial(_quantile, in_hours, "median"), now, before)
    yield count("Incidents opened", "incidents", now, before, to_incidents("opened"))
    yield count("Of these still open", "open", now, None, to_incidents("still_open"))
    yield count("Of these reopened", "reopened_incidents", now, before, to_incidents("reopened"))


def _quantile(measure: str, quantile: str, row: Row) -> str:
    return tables.headline_quantile(row, measure, quantile)


def targets(copy: ServingCopy, view: View) -> list[str]:
    """Return the targets that there are service levels for."""
    return service_levels.targets(copy, view.part)


def levels(copy: ServingCopy, view: View, target: str) -> Figure:
    """Return how a target was kept, as counts, and why it was missed."""
    rows = service_levels.weekly(copy, view.part, target)
    now, before = both(view, lambda period: _of_target(copy, view, period, target))
    return Figure(
        key=f"service_levels_{target}",
        title=f"Service levels: {TARGETS[target].lower()}, by week opened",
        about="Missed by where most of the time went.",
        numbers=list(_level_numbers(target, now, before)) if now else (),
        draw=(lambda _: weekly_charts.kept(rows, view.period)) if rows else None,
        table=tables.service_levels(rows),
        leads=[to_days_of(row) for row in rows],
        missing="No incident here had a service level.",
    )


def no_levels() -> Figure:
    """Return the figure of service levels where there are none."""
    return Figure(
        key="service_levels",
        title="Service levels",
        about="",
        missing="No incident here had a service level.",
    )


def _of_target(copy: ServingCopy, view: View, period: Period, target: str) -> Row | None:
    rows = service_levels.of_period(copy, view.part, period)
    return next((row for row in rows if row["target"] == target), None)


def _level_numbers(target: str, now: Row, before: Row | None) -> Iterator[Number]:
    interval = words.interval(now["met_share_low"], now["met_share_high"])
    is_decided = now["met_share"] is not None
    yield text(
        "Met",
        tables.kept,
        now,
        before,
        interval if is_decided else "",
        to_incidents("met", target=target) if now["met"] else None,
    )
    yield count("Missed", "missed", now, before, to_incidents("missed", target=target))
    for cause, says in CAUSES.items():
        if now[f"missed_by_{cause}"]:
            lead = to_incidents("missed_by", target=target, cause=cause)
            yield count(says, f"missed_by_{cause}", now, before, lead)
    if now["running"]:
        running = to_incidents("running", target=target)
        yield count("Still running", "running", now, None, running)


def minutes(copy: ServingCopy, view: View, dimension: str = "type") -> Figure:
    """Return what the minutes of the period went into, and what they know of."""
    rows = work.of_period(copy, view.part, view.period, dimension)
    total, before = both(view, lambda period: _all_work(copy, view, period))
    has_any = any(row["minutes"] for row in rows)
    return Figure(
        key=f"work_{dimension}",
        title=f"Minutes by {dimension}",
        about="What was recorded, the most first. At the right: ended incidents with minutes.",
        numbers=list(_work_numbers(total, before)) if total else (),
        draw=(lambda _: charts.pareto(rows, dimension)) if has_any else None,
        table=tables.minutes(rows, dimension) if has_any else (),
        leads=[
            _worked(dimension, row["dimension_value"]) if row["worked_incidents"] else None
            for row in rows
        ],
        missing=(
            "Nobody recorded any minutes: what the work took is not known."
            if rows
            else "Nothing ended in this period, and no minutes were recorded."
        ),
    )


def _worked(dimension: str, value: str) -> Lead:
    match dimension:
        case "monitor":
            return to_incidents("worked_of_monitor", monitor_id=value)
        case "team":
            return to_incidents("worked_of_team", incident_team=value)
        case _:
            return to_incidents("worked_of_type", incident_type=value)


def _all_work(copy: ServingCopy, view: View, period: Period) -> Row | None:
    rows = work.of_period(copy, view.part, period, "total")
    return rows[0] if rows else None


def _work_numbers(now: Row, before: Row | None) -> Iterator[Number]:
    yield text(
        "Recorded minutes",
        lambda row: words.amount(row["minutes"]),
        now,
        before,
        lead=to_incidents("worked") if now["minutes"] else None,
    )
    missing = now["ended_incidents"] - now["recorded_incidents"]
    is_complete = now["ended_incidents"] and not missing
    yield Number(
        "Ended incidents with minutes",
        charts.coverage(now),
        "all are known" if is_complete else "",
    )
    if missing:
        yield Number(
            "Ended without minutes",
            f"{missing:,}",
            "what they took is unknown",
            to_incidents("unrecorded"),
        )
    if now["cost"] is not None:
        without = now["minutes_without_rate"]
        yield Number(
            "Recorded cost",
            words.impact(now["cost"], now["currency"]),
            f"{words.amount(without)} minutes have no rate" if without else "",
        )


def asked(copy: ServingCopy, view: View) -> Figure:
    """Return how often somebody was asked, how long answers took, and how long after a nudge."""
    rows = escalations.escalations(copy, view.part)
    now, before = both(view, lambda period: escalations.of_period(copy, view.part, period))
    has_any = any(row["escalations"] for row in rows)
    return Figure(
        key="escalations",
        title="Escalations, by week asked",
        about="Answered ones and those that still wait.",
        numbers=list(_asked_numbers(now, before)) if has_any else (),
        draw=(lambda _: weekly_charts.stacked_answers(rows, view.period)) if has_any else None,
        table=tables.escalations(rows) if has_any else (),
        leads=[to_days_of(row) for row in rows],
        missing="Nobody was asked.",
    )


def _asked_numbers(now: Row, before: Row | None) -> Iterator[Number]:
    yield count("Asked", "escalations", now, before, to_incidents("asked"))
    yield text("Time to answer, median", partial(_quantile, "answer", "median"), now, before)
    yield text("85th percentile", partial(_quantile, "answer", "p85"), now, before)
    nudged = now["after_nudge_count"] + now["after_nudge_running"]
    yield text(
        "After a nudge, median",
        partial(_quantile, "after_nudge", "median"),
        now,
        before,
        f"of {words.counted(nudged, 'question')}" if nudged else "nobody was nudged",
        to_incidents("nudged") if nudged else None,
    )
    if now["answer_running"]:
        yield count("Not answered", "answer_running", now, None, to_incidents("unanswered"))


def answers(copy: ServingCopy, view: View) -> Figure:
    """Return how long answers took, by week."""
    rows = escalations.escalations(copy, view.part)
    has_any = any(row["escalations"] for row in rows)
    return Figure(
        key="answers",
        title="Time to answer an escalation, by week asked",
        about=f"Those that still wait count. {TRIANGLE}",
        draw=(lambda _: weekly_charts.quantiles(rows, view.period, "answer_")) if has_any else None,
        table=tables.escalations(rows) if has_any else (),
        leads=[to_days_of(row) for row in rows],
        missing="Nobody was asked.",
    )
