"""The process from opened to done: what follows what, how often, after how long.

It is counted from the facts when it is asked for; the views `rpt_process_*` of the warehouse say
the same of all time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from opsloop.service.figures.parts import Row, belonging
from opsloop.service.figures.periods import ALL_TIME, Period

if TYPE_CHECKING:
    from opsloop.service.figures.parts import Part
    from opsloop.warehouse.serving import ServingCopy

VARIANTS_SHOWN = 100
EDGES_AT_FIRST = 24  # more of them, and nobody follows the lines
START, END, STILL_OPEN = "start", "end", "still_open"  # places around activities, and no activities


@dataclass(frozen=True, slots=True)
class Process:
    """The ways of some incidents.

    Attributes:
        edges: `from_activity`, `to_activity`, `steps`, `incidents`, `median_seconds`,
            `total_seconds`, `is_while_open`; from `start` and to `end` or `still_open` too; most
            frequent first.
        activities: `activity`, `times`, `incidents`.
        variants: `place`, `path_id`, `path`, `is_ended`, `variants`, `incidents`,
            `incidents_share`, `median_seconds`; the most frequent hundred of so many `variants`.
        rework: `kind`, `activity`, `via_activity`, `times`, `incidents`, `incidents_share`,
            `median_seconds`, `total_seconds`.
    """

    edges: list[Row]
    activities: list[Row]
    variants: list[Row]
    rework: list[Row]

    @property
    def incidents(self) -> int:
        """How many incidents it tells of: each starts once."""
        return incidents(self.edges)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which incidents a process is counted of: by when they were opened, and whose they are.

    None does not choose.
    """

    period: Period = ALL_TIME
    team: str | None = None
    monitor: str | None = None
    source: str | None = None


def counted(copy: ServingCopy, chosen: Chosen) -> Process:
    """Return the process of chosen incidents, counted from the facts."""
    named = {name: value for name in _FILTERS if (value := getattr(chosen, name)) is not None}
    conditions = [_WITHIN, *(_FILTERS[name] for name in named)]
    if chosen.source is None:
        conditions.append(_LIVES_HERE)
    return _counted(copy, " and ".join(conditions), {**named, **chosen.period.bounds()})


def of_period(copy: ServingCopy, part: Part, period: Period) -> Process:
    """Return the process of a part's incidents opened in a period.

    A team's are those that it has now, or had when they ended.
    """
    condition, values = belonging(part)
    return _counted(copy, f"{condition} and {_WITHIN}", {**values, **period.bounds()})


def path(copy: ServingCopy, path_id: str) -> str | None:
    """Return the activities of a way, `a > b`; None if no incident went it."""
    sql = "select any_value(path) as path from fct_process_paths where path_id = ?"
    found: str | None = copy.query(sql, [path_id])[0]["path"]
    return found


def incidents(edges: Iterable[Row]) -> int:
    """Return how many incidents edges tell of."""
    return sum(edge["steps"] for edge in edges if edge["from_activity"] == START)


def least_count(edges: Iterable[Row], at_most: int = EDGES_AT_FIRST) -> int:
    """Return how often an edge must have been taken for at most so many of them to be left."""
    counts = sorted((edge["steps"] for edge in edges), reverse=True)
    return counts[at_most] + 1 if len(counts) > at_most else 1


def slowest(edges: Iterable[Row], incidents: int) -> Row | None:
    """Return the edge with the longest median between two activities of an open incident.

    What fewer than one in twenty incidents took says little about the process, and is not it.
    """
    candidates = (
        edge
        for edge in edges
        if edge["is_while_open"]
        and edge["to_activity"] not in (STILL_OPEN, END)
        and edge["incidents"] * 20 >= incidents
    )
    return max(candidates, key=lambda edge: edge["median_seconds"], default=None)


# what is chosen → what it asks of an incident
_WITHIN = "opened_at >= $since and opened_at < $until"
_FILTERS: Mapping[str, str] = {
    "team": "coalesce(team, '(none)') = $team",
    "monitor": "coalesce(monitor_id, '(none)') = $monitor",
    "source": "source = $source",
}
_LIVES_HERE = "source is null"  # what was imported counts for its source alone

_ACTIVITIES = """
    select activity, cast(sum(times) as bigint) as times, count(*) as incidents
    from (
        select incident_id, activity, count(*) as times
        from fct_activities semi join chosen using (incident_id)
        group by incident_id, activity
    )
    group by activity order by times desc, activity
"""
_EDGES = """
    select
        from_activity,
        to_activity,
        count(*) as steps,
        count(distinct incident_id) as incidents,
        percentile_cont(0.5) within group (order by seconds) as median_seconds,
        sum(seconds) as total_seconds,
        is_while_open
    from (
        select
            incident_id, activity as from_activity, next_activity as to_activity,
            seconds_to_next as seconds, is_while_open
        from fct_activities semi join chosen using (incident_id)
        union all
        select incident_id, 'start', activity, null, false
        from fct_activities semi join chosen using (incident_id)
        where place = 1
    )
    group by from_activity, to_activity, is_while_open
    order by steps desc, from_activity, to_activity
"""
_VARIANTS = """
    select
        row_number() over (order by count(*) desc, path_id) as place,
        path_id,
        path,
        is_ended,
        count(*) as incidents,
        count(*) / sum(count(*)) over () as incidents_share,
        percentile_cont(0.5) within group (order by seconds) as median_seconds,
        count(*) over () as variants
    from fct_process_paths semi join chosen using (incident_id)
    group by path_id, path, is_ended
    order by place
    limit $shown
"""
_REWORK = """
    select
        kind,
        activity,
        via_activity,
        count(*) as times,
        count(distinct incident_id) as incidents,
        count(distinct incident_id) / (select count(*) from chosen) as incidents_share,
        percentile_cont(0.5) within group (order by seconds) as median_seconds,
        sum(seconds) as total_seconds
    from fct_process_loops semi join chosen using (incident_id)
    group by kind, activity, via_activity
    order by kind, times desc, activity, via_activity nulls first
"""


def _counted(copy: ServingCopy, condition: str, values: Mapping[str, datetime | str]) -> Process:
    head = f"with chosen as (select incident_id from fct_incidents where {condition})"

    def rows(sql: str, **more: int) -> list[Row]:
        return copy.query(head + sql, {**values, **more})

    return Process(
        rows(_EDGES), rows(_ACTIVITIES), rows(_VARIANTS, shown=VARIANTS_SHOWN), rows(_REWORK)
    )
