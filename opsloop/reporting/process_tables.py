"""The process from opened to done, in tables: steps, ways, and what was done again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from opsloop.reporting import words
from opsloop.reporting.figure import Cells
from opsloop.reporting.leads import Lead, to_incidents
from opsloop.service.figures import process
from opsloop.service.figures.parts import NOBODYS

if TYPE_CHECKING:
    from opsloop.service.figures.parts import Row
    from opsloop.service.figures.process import Process

PLACES = {"start": "Start", "end": "End", "still_open": "Still open"}
WAYS = 10  # in the report; the page has all


def named(activity: str) -> str:
    """Return an activity, or the place before or after all of them, as people say it."""
    return PLACES.get(activity) or words.readable(activity).capitalize()


def way(path: str) -> str:
    """Return a way's activities, one after the other, as people say them."""
    return " > ".join(named(one) for one in path.split(" > "))


def step(edge: Row, is_slowest: bool) -> dict[str, object]:
    """Return a step from one activity to the next, as a table has it."""
    return {
        "From": named(edge["from_activity"]),
        "To": named(edge["to_activity"]),
        "Steps": edge["steps"],
        "Median": words.duration(edge["median_seconds"]),
        "In all": words.duration(edge["total_seconds"]),
        "Mark": "slowest" if is_slowest else "",
    }


def behind_step(edge: Row) -> Lead:
    """Return the way to the incidents that took a step."""
    ends = {name: edge[name] for name in ("from_activity", "to_activity")}
    return to_incidents("step", **ends)


def ways(found: Process, first: int = process.VARIANTS_SHOWN) -> Cells:
    """Return the most frequent ways through the process, as a table; the others are one row."""
    shown = found.variants[:first]
    rows = [
        _way(
            way(row["path"]),
            row["incidents"],
            found,
            words.duration(row["median_seconds"]),
        )
        for row in shown
    ]
    if shown and (others := shown[0]["variants"] - len(shown)):
        left = found.incidents - sum(row["incidents"] for row in shown)
        rows.append(_way(words.counted(others, "other way"), left, found, words.UNKNOWN))
    return rows


def behind_ways(found: Process) -> list[Lead | None]:
    """Return the way to the incidents of each of the most frequent ways; the others have none."""
    leads: list[Lead | None] = [
        to_incidents("way", path_id=row["path_id"]) for row in found.variants
    ]
    return leads if len(leads) == len(ways(found)) else [*leads, None]


def _way(path: str, incidents: int, found: Process, median: str) -> dict[str, object]:
    return {
        "Way": path,
        "Incidents": incidents,
        "Share": words.percent(incidents / found.incidents),
        "Median, first to last": median,
    }


def loop(row: Row) -> dict[str, object]:
    """Return what was done again, as a table has it."""
    activity = named(row["activity"])
    via = row["via_activity"]
    return {
        "What": f"{activity} > {named(via)} > {activity}" if via else f"{activity} again",
        "Times": row["times"],
        "Incidents": row["incidents"],
        "Of all incidents": words.percent(row["incidents_share"]),
        "Median from one to the next": words.duration(row["median_seconds"]),
    }


def behind_loop(row: Row) -> Lead:
    """Return the way to the incidents in which something was done again."""
    return to_incidents(
        "done_again",
        loop=row["kind"],
        activity=row["activity"],
        via_activity=row["via_activity"] or NOBODYS,
    )


def tables(found: Process, shown: Sequence[Row], slowest: Row | None) -> list[tuple[str, Cells]]:
    """Return the tables of a process, with their titles.

    Args:
        shown: the steps to list.
        slowest: the one of these to mark.
    """
    return [
        ("Steps", [step(edge, edge is slowest) for edge in shown]),
        ("Most frequent ways", ways(found, WAYS)),
        ("Done again", [loop(row) for row in found.rework]),
    ]
