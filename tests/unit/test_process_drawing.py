"""The process map's drawing, without a page."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from opsloop.reporting import process_drawing
from opsloop.reporting.process_drawing import DARK, LIGHT
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


def texts(drawing: str) -> list[str]:
    """Return what is written in a drawing, which has to be well formed."""
    root = ElementTree.fromstring(drawing)
    return ["".join(one.itertext()) for one in root.iter() if one.tag.endswith("text")]


def test_each_step_has_its_count_its_median_and_the_slowest_its_mark() -> None:
    activities = [{"activity": "taken", "times": 1200}]
    drawing = process_drawing.drawn(EDGES, activities, EDGES[2], LIGHT)
    said = texts(drawing)
    assert {"9", "9 · 1 min", "3 · 2 h · slowest", "Taken", "1,200", "Still open"} <= {*said}
    assert len([one for one in said if "slowest" in one]) == 1
    assert len([one for one in said if one == "Taken"]) == 1


def test_a_line_is_as_wide_as_it_is_frequent_and_the_slowest_stands_out() -> None:
    drawing = process_drawing.drawn(EDGES, [], EDGES[2], DARK)
    lines = re.findall(r'<path [^>]*stroke="([^"]+)" stroke-width="([^"]+)" marker-end', drawing)
    assert len(lines) == len(EDGES)
    assert [colour for colour, _ in lines].count(DARK.accent) == 1
    widths = sorted({float(width) for _, width in lines})
    assert widths[0] < widths[-1] == process_drawing.THICKEST


def test_one_step_and_a_step_to_itself_can_be_drawn() -> None:
    assert "Opened" in texts(process_drawing.drawn(EDGES[:1], [], None, LIGHT))
    again = edge("taken", "taken", 4)
    assert "4 · 1 min" in texts(process_drawing.drawn([*EDGES, again], [], None, LIGHT))


def test_what_is_done_again_has_a_line_beside_its_text() -> None:
    again = edge("taken", "taken", 127, 38_400.0)
    drawing = process_drawing.drawn([*EDGES, again], [], None, LIGHT)
    xs = [
        [float(x) for x, _ in re.findall(r"([0-9.]+)[ ,]([0-9.]+)", path)]
        for path in re.findall(r'<path [^>]*\bd="([^"]+)"[^>]*marker-end', drawing)
    ]
    middle = float(re.findall(r'<text x="([0-9.]+)"[^>]*>127 ', drawing)[0])
    half = len("127 · 10 h 40 min") * process_drawing.CHARACTER * process_drawing.LABEL_PX / 2
    assert max(xs[-1]) - min(xs[-1]) > 20
    assert max(xs[-1]) < middle - half


def test_a_name_cannot_leave_the_drawing() -> None:
    nasty = '</text><script>alert("x")</script> & \\'
    drawing = process_drawing.drawn([edge(nasty, "b", 1)], [], edge(nasty, "b", 1), LIGHT)
    assert "<script" not in drawing
    assert process_drawing.named(nasty) in texts(drawing)


def test_the_graph_is_told_to_those_who_cannot_see_it() -> None:
    text = process_drawing.in_words(EDGES, EDGES[2])
    assert "graph of 5 steps" in text
    assert "from Taken to Resolved: 2 h" in text
