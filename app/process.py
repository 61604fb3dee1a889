"""The process asked from the serving copy: a figure is a column, only rows are chosen here."""

from __future__ import annotations

from app.retro import Row, Slice
from opsloop.warehouse.serving import ServingCopy

EDGES_AT_FIRST = 24  # more of them, and nobody follows the lines


def edges(copy: ServingCopy, part: Slice) -> list[Row]:
    """Return which activity directly follows which, the most frequent first."""
    return _of("rpt_process_edges", copy, part, "steps desc, from_activity, to_activity")


def activities(copy: ServingCopy, part: Slice) -> list[Row]:
    """Return how often each activity was done, the most frequent first."""
    return _of("rpt_process_activities", copy, part, "times desc, activity")


def variants(copy: ServingCopy, part: Slice) -> list[Row]:
    """Return the most frequent ways through the process, and all others as one row."""
    return _of("rpt_process_variants", copy, part, "place")


def rework(copy: ServingCopy, part: Slice) -> list[Row]:
    """Return what was done again, the most frequent first."""
    return _of("rpt_process_rework", copy, part, "kind, times desc, activity, via_activity")


def least_count(edges: list[Row], at_most: int = EDGES_AT_FIRST) -> int:
    """Return how often an edge must have been taken for at most so many of them to be left."""
    counts = sorted((edge["steps"] for edge in edges), reverse=True)
    return counts[at_most] + 1 if len(counts) > at_most else 1


def incidents(edges: list[Row]) -> int:
    """Return how many incidents the edges tell of: each starts once."""
    return sum(edge["steps"] for edge in edges if edge["from_activity"] == "start")


def slowest(edges: list[Row], incidents: int) -> Row | None:
    """Return the edge with the longest median between two activities of an open incident.

    What fewer than one in twenty incidents took says little about the process, and is not it.
    """
    candidates = (
        edge
        for edge in edges
        if edge["is_while_open"]
        and edge["to_activity"] != "still_open"
        and edge["steps"] * 20 >= incidents
    )
    return max(candidates, key=lambda edge: edge["median_seconds"], default=None)


def _of(table: str, copy: ServingCopy, part: Slice, order: str) -> list[Row]:
    sql = f"select * from {table} where dimension = ? and dimension_value = ? order by {order}"
    return copy.query(sql, [part.dimension, part.value])
