"""Weekly figures of a part of the work, from the serving copy: what is unknown is never zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from opsloop.errors import Refused
from opsloop.improvements import METRICS, Part
from opsloop.stats.weeks import WEEK, Weeks
from opsloop.store import Store, imports
from opsloop.warehouse.serving import ServingCopy

_NOTHING = Weeks(date(1970, 1, 5), ())
_SERVED = date(1970, 1, 4)  # nothing is known through a day before any

# A metric's figure of a week, by its table. A week that the table does not have is 0 for a count.
_OF_METRIC = {
    "events": ("rpt_events_weekly", "sum(events)"),
    "arrivals": ("rpt_flow_weekly", "sum(opened)"),
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


def series_of(copy: ServingCopy, store: Store, metric: str, part: Part) -> Series:
    """Return a metric's weeks of a part of the work.

    A week is unknown, which is not zero: the first, since the log began within it; of an imported
    log whatever its declared window does not wholly hold; of a monitor those in which it did not
    run; of what is missed those in which clocks still run.

    Args:
        store: knows the windows of imported logs.

    Raises:
        Refused: an imported log cannot tell this figure.
    """
    windows = _windows(store, part, metric)
    table, figure = _OF_METRIC[metric]
    asked = {"dimension": part.dimension, "value": part.value}
    and_measure = ""
    if metric in _MEASURED:
        and_measure = "and measure = $measure"
        asked["measure"] = metric
    rows = copy.query(_SERIES.format(table=table, figure=figure, and_measure=and_measure), asked)
    for row in rows:
        row["figure"] = _figure(row, metric)
        if windows is not None and not _is_within(row["week_start"], windows):
            row["figure"] = None
    weeks, known_through = whole_weeks(rows, with_first=windows is not None)
    return Series(weeks, known_through)


def whole_weeks(rows: Sequence[dict[str, Any]], *, with_first: bool = False) -> tuple[Weeks, date]:
    """Return the weeks of rows with `week_start`, `is_complete` and `figure`, and how far they go.

    Args:
        rows: in their order, without gaps.
        with_first: whether the log is known to hold the whole of the first week.

    Returns:
        The complete weeks, and the last day of the last of them.
    """
    told = rows if with_first else rows[1:]
    if not rows:
        return _NOTHING, _SERVED
    whole = [row for row in told if row["is_complete"]]
    first = rows[0]["week_start"] + (timedelta() if with_first else WEEK)
    last_day = whole[-1]["week_start"] + timedelta(days=6) if whole else first - timedelta(days=1)
    figures = (None if row["figure"] is None else float(row["figure"]) for row in whole)
    return Weeks.of(first, figures), last_day


def _figure(row: dict[str, Any], metric: str) -> float | None:
    if row["is_unwatched"]:
        return None
    is_sum = not METRICS[metric].is_duration and metric not in ("events", "minutes")
    figure: float | None = row["figure"]
    return 0.0 if is_sum and not row["is_there"] else figure


Window = tuple[datetime, datetime]  # from the first moment to before the second


def _windows(store: Store, part: Part, metric: str) -> list[Window] | None:
    """Return between which moments an imported log is whole; None for what lives here.

    Raises:
        Refused: it does not say, or is whole only for what was closed.
    """
    if part.dimension != "source":
        return None
    if metric == "events":
        raise Refused(
            f"The log of '{part.value}' has no events of monitors.", "Use `arrivals` instead."
        )
    with store.engines.read() as connection:
        current = [one for one in imports.all_imports(connection, part.value) if one.counts]
    if not current:
        raise Refused(f"Nothing that counts was imported from '{part.value}'.", "Import it first.")
    if any(one.window_from is None or one.window_to is None for one in current):
        raise Refused(
            f"The log of '{part.value}' declares no window: where it begins and ends is unknown.",
            "Add `window:` to its map and import it again.",
        )
    if any(one.complete_for == "closed" for one in current):
        raise Refused(
            f"The log of '{part.value}' is whole only for what was closed in its window: its"
            " arrivals rise from nothing and fall to nothing.",
            "Import a log that is complete for `opened` or `updated`.",
        )
    spans = [
        (one.window_from, one.window_to) for one in current if one.window_from and one.window_to
    ]
    return _joined(sorted(spans))


def _joined(spans: list[Window]) -> list[Window]:
    joined: list[Window] = []
    for begin, end in spans:
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((begin, end))
    return joined


def _is_within(monday: date, windows: list[Window]) -> bool:
    begin = datetime(monday.year, monday.month, monday.day, tzinfo=UTC)
    return any(first <= begin and begin + WEEK <= end for first, end in windows)
