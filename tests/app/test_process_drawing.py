"""The process map's graph, without a page."""

from __future__ import annotations

from typing import Any

from app.components import process_drawing
from app.components.process_drawing import LIGHT
from opsloop.service.figures import process


def edge(one: str, other: str, steps: int, seconds: float | None = 60.0) -> dict[str, Any]:
    return {
        "from_activity": one,
        "to_activity": other,
        "steps": steps,
        "incidents": steps,
        "median_seconds": seconds,
        "is_while_open": one not in ("start", "resolved"),
    }


EDGES = [
    edge("start", "opened", 9, None),
    edge("opened", "taken", 9),
    edge("taken", "resolved", 3, 7200.0),
    edge("resolved", "closed", 3, 900_000.0),
    edge("taken", "still_open", 6, 800_000.0),
]


def test_the_slowest_step_is_one_of_open_work() -> None:
    assert process.incidents(EDGES) == 9
    assert process.slowest(EDGES, 9) is EDGES[2]
    assert process.slowest(EDGES[:1], 9) is None


def test_what_hardly_anybody_took_is_not_the_slowest() -> None:
    assert process.slowest(EDGES, 60) is EDGES[2]
    assert process.slowest(EDGES, 61) is EDGES[1]


def test_rare_steps_are_left_out_when_there_are_many() -> None:
    many = [edge("taken", f"activity {number}", number) for number in range(1, 40)]
    least = process.least_count(many, at_most=10)
    assert sum(one["steps"] >= least for one in many) == 10
    assert process.least_count(many[:10], at_most=10) == 1


def test_steps_that_are_equally_rare_are_left_out_together() -> None:
    many = [edge("taken", f"activity {number}", 5) for number in range(30)]
    assert process.least_count(many, at_most=10) == 6
    assert process.least_count([*many, edge("a", "b", 9)], at_most=10) == 6


def test_a_line_has_its_count_its_median_and_its_mark() -> None:
    activities = [{"activity": "taken", "times": 1200}]
    graph = process_drawing.drawn(EDGES, activities, EDGES[2], LIGHT)
    [line] = [one for one in graph.splitlines() if one.startswith('"taken" -> "resolved"')]
    assert "3 · 2 h" in line
    assert "slowest" in line
    assert LIGHT.accent in line
    assert graph.count("slowest") == 1
    assert "Taken\\n1,200" in graph
    assert '"start" -> "opened"' in graph


def test_a_name_cannot_leave_its_quotes() -> None:
    odd = edge('a" [label="x', "b\\", 1)
    graph = process_drawing.drawn([odd], [], None, LIGHT)
    assert '"a\\" [label=\\"x" -> "b\\\\"' in graph


def test_the_graph_is_told_to_those_who_cannot_see_it() -> None:
    text = process_drawing.in_words(EDGES, EDGES[2])
    assert "graph of 5 steps" in text
    assert "from Taken to Resolved: 2 h" in text
