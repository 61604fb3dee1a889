"""Weekly figures of a part of the work, from the serving copy: what is unknown is never zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from opsloop.errors import Refused
from opsloop.improvements import METRICS, Part
from opsloop.service.figures import parts
from opsloop.service.figures.parts import MONITOR, NOBODYS, SOURCE
from opsloop.service.figures.windows import holds_week, windows
from opsloop.service.finders import watched_weeks
from opsloop.stats.weeks import WEEK, Weeks
from opsloop.warehouse.serving import ServingCopy

_LAST_OF_WEEK = timedelta(days=6)

# A metric's figure of a week, and how much of the week still runs, by its table. A week that the
# table does not have is 0 for a count.
_OF_METRIC = {
    "events": ("rpt_events_weekly", "sum(events)", "0"),
    "arrivals": ("rpt_flow_weekly", "sum(opened + reopened + moved_in)", "0"),
    "reopened": ("rpt_flow_weekly", "sum(reopened)", "0"),
    "reassigned": ("rpt_quality_weekly", "sum(reassignments)", "0"),
    "escalations": ("rpt_escalations_weekly", "sum(escalations)", "0"),
    # what still runs may yet be missed
    "missed": (
        "rpt_service_levels_weekly",
        "case when sum(running) = 0 then sum(missed) end",
        "sum(running)",
    ),
    "minutes": ("rpt_work_weekly", "sum(minutes)", "0"),
    "acknowledge": ("rpt_turnaround_weekly", "max(median_seconds)", "max(running)"),
    "resolve": ("rpt_turnaround_weekly", "max(median_seconds)", "max(running)"),
    "answer": ("rpt_escalations_weekly", "max(answer_median_seconds)", "max(unanswered)"),
}
_MEASURED = ("acknowledge", "resolve")  # a row for each measure

# The weeks of a part are those of its flow.
_SERIES = """
    select
        weeks.week_start,
        weeks.is_complete,
        figures.week_start is not null as is_there,
        figures.figure,
        coalesce(figures.running, 0) as running
    from rpt_flow_weekly as weeks
    left join
        (
            select week_start, {figure} as figure, {running} as running
            from {table}
            where dimension = $dimension and dimension_value = $value {and_measure}
            group by week_start
        ) as figures
        on weeks.week_start = figures.week_start
    where weeks.dimension = $dimension and weeks.dimension_value = $value
    order by weeks.week_start
"""


@dataclass(frozen=True, slots=True)
class Series:
    """A weekly figure, and the last day of its last complete week.

    Attributes:
        waiting: complete weeks whose figure is still to come, by their Monday, each with how much
            of it still runs.
    """

    weeks: Weeks
    known_through: date
    waiting: Mapping[date, int]


_NOTHING = Series(Weeks(date(1970, 1, 5), ()), date(1970, 1, 4), {})  # through a day before any


def series_of(copy: ServingCopy, metric: str, part: Part) -> Series:
    """Return a metric's weeks of a part of the work.

    A week is unknown, which is not zero: the first, since the log began within it; of an imported
    log whatever its declared window does not wholly hold; those before a monitor of the part looked
    first, and those in which none did; of what is missed those in which clocks still run.

    Raises:
        Refused: nothing can tell this figure of it.
    """
    if metric == "events":
        _require_monitors(part)
    told = windows(copy, parts.Part(part.dimension, part.value))
    watched = watched_weeks(copy, part) if METRICS[metric].follows_rules else None
    rows = _rows(copy, metric, part)
    if told is not None:  # what is known goes no further than the log
        rows = [row for row in rows if row["week_start"] + _LAST_OF_WEEK <= told[-1].last]
    for row in rows:
        week = row["week_start"]
        if holds_week(told, week) and (watched is None or week in watched):
            row["waits"] = row["figure"] is None and row["running"] > 0
            row["figure"] = _figure(row, metric, part)
        else:
            row |= {"figure": None, "waits": False}
    return _whole(rows, with_first=told is not None)


def _require_monitors(part: Part) -> None:
    instead = "Use `arrivals` instead."
    if part.dimension == SOURCE:
        raise Refused(f"The log of '{part.value}' has no events of monitors.", instead)
    if (part.dimension, part.value) == (MONITOR, NOBODYS):
        raise Refused("What no monitor found has no events of monitors.", instead)


def _rows(copy: ServingCopy, metric: str, part: Part) -> list[dict[str, Any]]:
    table, figure, running = _OF_METRIC[metric]
    asked = {"dimension": part.dimension, "value": part.value}
    and_measure = ""
    if metric in _MEASURED:
        and_measure = "and measure = $measure"
        asked["measure"] = metric
    sql = _SERIES.format(table=table, figure=figure, running=running, and_measure=and_measure)
    return copy.query(sql, asked)


def _whole(rows: Sequence[dict[str, Any]], *, with_first: bool) -> Series:
    """Return the complete weeks of rows in their order, without gaps.

    Args:
        with_first: whether the log is known to hold the whole of the first week.
    """
    if not rows:
        return _NOTHING
    whole = [row for row in (rows if with_first else rows[1:]) if row["is_complete"]]
    first = rows[0]["week_start"] + (timedelta() if with_first else WEEK)
    last_day = whole[-1]["week_start"] + _LAST_OF_WEEK if whole else first - timedelta(days=1)
    figures = (None if row["figure"] is None else float(row["figure"]) for row in whole)
    waiting = {row["week_start"]: int(row["running"]) for row in whole if row["waits"]}
    return Series(Weeks.of(first, figures), last_day, waiting)


def _figure(row: dict[str, Any], metric: str, part: Part) -> float | None:
    """Return the figure of a week in which somebody looked: what is not there is 0 for a sum."""
    figure: float | None = row["figure"]
    if figure is not None:
        return figure
    if metric == "events":  # of a monitor the table knows its own runs, and health has none
        return 0.0 if part.dimension == MONITOR else None
    is_sum = not METRICS[metric].is_duration and metric != "minutes"
    return 0.0 if is_sum and not row["is_there"] else None
