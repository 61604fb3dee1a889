"""Weekly figures of a part of the work, from the serving copy: what is unknown is never zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from opsloop.errors import Refused
from opsloop.improvements import METRICS, Part
from opsloop.service.figures import parts
from opsloop.service.figures.parts import SOURCE
from opsloop.service.figures.windows import holds_week, windows
from opsloop.stats.weeks import WEEK, Weeks
from opsloop.warehouse.serving import ServingCopy

_LAST_OF_WEEK = timedelta(days=6)

# A metric's figure of a week, by its table. A week that the table does not have is 0 for a count.
_OF_METRIC = {
    "events": ("rpt_events_weekly", "sum(events)"),
    "arrivals": ("rpt_flow_weekly", "sum(opened + reopened + moved_in)"),
    "reopened": ("rpt_flow_weekly", "sum(reopened)"),
    "reassigned": ("rpt_quality_weekly", "sum(reassignments)"),
    "escalations": ("rpt_escalations_weekly", "sum(escalations)"),
    # what still runs may yet be missed
    "missed": ("rpt_service_levels_weekly", "case when sum(running) = 0 then sum(missed) end"),
    "minutes": ("rpt_work_weekly", "sum(minutes)"),
    "acknowledge": ("rpt_turnaround_weekly", "max(median_seconds)"),
    "resolve": ("rpt_turnaround_weekly", "max(median_seconds)"),
    "answer": ("rpt_escalations_weekly", "max(answer_median_seconds)"),
}
_MEASURED = ("acknowledge", "resolve")  # a row for each measure

# The weeks of a part are those of its flow. Before a monitor ran, and while it did not, what it
# would have found is unknown.
_SERIES = """
    select
        weeks.week_start,
        weeks.is_complete,
        weeks.dimension = 'monitor' and watched.events is null as is_unwatched,
        figures.week_start is not null as is_there,
        figures.figure
    from rpt_flow_weekly as weeks
    left join rpt_events_weekly as watched
        on
            weeks.week_start = watched.week_start
            and weeks.dimension = watched.dimension
            and weeks.dimension_value = watched.dimension_value
    left join
        (
            select week_start, {figure} as figure
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
    """A weekly figure, and the last day of its last complete week."""

    weeks: Weeks
    known_through: date


_NOTHING = Series(Weeks(date(1970, 1, 5), ()), date(1970, 1, 4))  # through a day before any


def series_of(copy: ServingCopy, metric: str, part: Part) -> Series:
    """Return a metric's weeks of a part of the work.

    A week is unknown, which is not zero: the first, since the log began within it; of an imported
    log whatever its declared window does not wholly hold; of a monitor those in which it did not
    run; of what is missed those in which clocks still run.

    Raises:
        Refused: an imported log cannot tell this figure.
    """
    if part.dimension == SOURCE and metric == "events":
        raise Refused(
            f"The log of '{part.value}' has no events of monitors.", "Use `arrivals` instead."
        )
    told = windows(copy, parts.Part(part.dimension, part.value))
    table, figure = _OF_METRIC[metric]
    asked = {"dimension": part.dimension, "value": part.value}
    and_measure = ""
    if metric in _MEASURED:
        and_measure = "and measure = $measure"
        asked["measure"] = metric
    rows = copy.query(_SERIES.format(table=table, figure=figure, and_measure=and_measure), asked)
    if told is not None:  # what is known goes no further than the log
        rows = [row for row in rows if row["week_start"] + _LAST_OF_WEEK <= told[-1].last]
    for row in rows:
        row["figure"] = _figure(row, metric) if holds_week(told, row["week_start"]) else None
    return _whole(rows, with_first=told is not None)


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
    return Series(Weeks.of(first, figures), last_day)


def _figure(row: dict[str, Any], metric: str) -> float | None:
    if row["is_unwatched"] and METRICS[metric].follows_rules:
        return None
    is_sum = not METRICS[metric].is_duration and metric not in ("events", "minutes")
    figure: float | None = row["figure"]
    return 0.0 if is_sum and not row["is_there"] else figure
