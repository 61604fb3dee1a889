"""The process map once more: slow, plain Python that shares nothing with the SQL."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Any

from .retro_reference import History, dimensions, grouped, is_implied

ACTIVITIES = {
    "opened",
    "taken",
    "assigned",
    "set_waiting",
    "resumed",
    "snoozed",
    "woken",
    "taken_back",
    "escalated",
    "answered",
    "updated",
    "merged",
    "split",
    "resolved",
    "closed",
    "reopened",
}
ENDING = {"resolved", "cleared_by_itself", "merged", "closed"}

Dimension = tuple[str, str]


@dataclass(frozen=True)
class Path:
    """An incident's way: its activities with their moments, and how it stands."""

    activities: list[tuple[str, datetime]]
    is_open: bool
    known_until: datetime
    dimensions: tuple[Dimension, ...]

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.activities]

    @property
    def lives_here(self) -> bool:
        """Whether it was not imported."""
        return self.dimensions[0] == ("total", "all")

    def steps(self) -> Iterator[tuple[str, str, float | None]]:
        """Yield each step as (from, to, seconds)."""
        yield "start", self.names[0], None
        for (one, left), (other, reached) in pairwise(self.activities):
            yield one, other, (reached - left).total_seconds()
        last, moment = self.activities[-1]
        if self.is_open:
            yield last, "still_open", max(0.0, (self.known_until - moment).total_seconds())
        else:
            yield last, "end", None


def paths(histories: Iterable[History]) -> list[Path]:
    """Return every incident's way."""
    return [_path(history) for history in histories]


def _path(history: History) -> Path:
    stands = {step.row["version"]: (number, step) for number, step in enumerate(history.steps)}
    found: list[tuple[str, datetime]] = []
    moment = history.opened_at
    for row in history.rows:
        moment = max(moment, row["effective_at"])
        name = row["action"]
        if name not in ACTIVITIES or is_implied(row):
            continue
        if row["version"] in stands:
            number, step = stands[row["version"]]
            moment = step.at
            if name == "assigned" and number and step.team != history.steps[number - 1].team:
                name = "handed_over"
        if name == "resolved" and row.get("resolution_code") == "cleared_by_itself":
            name = "cleared_by_itself"
        found.append((name, moment))
    last = history.steps[-1]
    return Path(found, last.is_open, history.known_until, dimensions(last.team, history))


def edges(ways: Iterable[Path]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return (dimension, value, from, to) → what rpt_process_edges should say."""
    seconds = defaultdict(list)
    taken_by = defaultdict(set)
    for number, way in enumerate(ways):
        for dimension in way.dimensions:
            for one, other, took in way.steps():
                seconds[*dimension, one, other].append(took)
                taken_by[*dimension, one, other].add(number)
    return {
        key: {
            "steps": len(times),
            "incidents": len(taken_by[key]),
            "median_seconds": None if None in times else median(times),
            "total_seconds": None if None in times else sum(times),
            "is_while_open": key[2] not in ENDING | {"start"},
        }
        for key, times in seconds.items()
    }


def activities(ways: Iterable[Path]) -> dict[tuple[str, ...], tuple[int, int]]:
    """Return (dimension, value, activity) → its times and its incidents."""
    times: Counter[tuple[str, ...]] = Counter()
    incidents: Counter[tuple[str, ...]] = Counter()
    for way in ways:
        for dimension in way.dimensions:
            times.update((*dimension, name) for name in way.names)
            incidents.update((*dimension, name) for name in set(way.names))
    return {key: (times[key], incidents[key]) for key in times}


def variants(ways: Iterable[Path]) -> dict[Dimension, list[tuple[str, Any]]]:
    """Return each dimension's ways as (text, seconds of each incident), most frequent first."""
    found = {}
    for dimension, own in grouped(ways, lambda way: way.dimensions).items():
        seconds = defaultdict(list)
        for way in own:
            text = " > ".join([*way.names, "still_open"] if way.is_open else way.names)
            seconds[text].append(sum(took or 0.0 for _, _, took in way.steps()))
        found[dimension] = sorted(seconds.items(), key=lambda item: -len(item[1]))
    return found


def rework(ways: Iterable[Path]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return (dimension, value, kind, activity, via) → what rpt_process_rework should say."""
    known = list(ways)
    loops: dict[tuple[Any, ...], list[tuple[int, float]]] = defaultdict(list)
    for number, way in enumerate(known):
        for loop, took in _loops(way):
            for dimension in way.dimensions:
                loops[*dimension, *loop].append((number, took))
    of = Counter(dimension for way in known for dimension in way.dimensions)
    return {
        key: {
            "times": len(seen),
            "incidents": len({number for number, _ in seen}),
            "incidents_share": len({number for number, _ in seen}) / of[key[0], key[1]],
            "median_seconds": median(took for _, took in seen),
            "total_seconds": sum(took for _, took in seen),
        }
        for key, seen in loops.items()
    }


def _loops(way: Path) -> Iterator[tuple[tuple[str, str, str | None], float]]:
    last: dict[str, datetime] = {}
    for name, moment in way.activities:
        if name in last:
            yield ("repeated", name, None), (moment - last[name]).total_seconds()
        last[name] = moment
    known = way.activities
    for (one, left), (via, _), (other, back) in zip(known, known[1:], known[2:], strict=False):
        if one == other != via:
            yield ("returned", one, via), (back - left).total_seconds()
