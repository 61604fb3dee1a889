"""The process map as a picture: activities in layers, and how often each step was taken.

Pure: graphlay finds the places, and draws; what is said, how wide and in which colour is said here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import graphlay
from markupsafe import Markup

from opsloop.reporting import words
from opsloop.reporting.process_tables import PLACES, named
from opsloop.service.figures.parts import Row

THINNEST, THICKEST = 1.0, 6.0  # pixels
FONT = "Helvetica, Arial, sans-serif"
NAME_PX, LABEL_PX = 12.5, 10.5  # font sizes
CHARACTER = 0.58  # the mean width of a character, as a part of the font size
LINE = 1.25  # the height of a line, likewise
PADDING = 12.0
LEAST_WIDTH = 84.0
HALO = 6.0  # around a step's text, where lines pass beneath it
LOOP = 30.0  # how far the line of what is done again goes from its box
LOOP_HEIGHT = 30.0  # what its box is higher, so that both ends of the line have room
SLOWEST = (
    "Slowest: the step with the longest median of those that at least one in twenty incidents "
    "took, while somebody had something to do. Rarer steps, and those after a resolve, may be "
    "longer."
)
# room for the texts of steps, which stay near their lines
OPTIONS: dict[str, Any] = {
    "labels": {"reservation": "always"},
    "spacing": {"node_gap": 90.0, "layer_gap": 60.0, "dummy_gap": 48.0},
    "tuning": {"labels": {"side_steps": [1.0, 1.5, 2.0, 2.5]}},
}


@dataclass(frozen=True, slots=True)
class Inks:
    """The colours of a drawing; texts inside it do not follow the page's theme."""

    paper: str
    text: str
    muted: str
    line: str
    fill: str
    accent: str


LIGHT = Inks("#ffffff", "#1b2530", "#5a6975", "#9fb0ba", "#f3f6f7", "#b3574f")
DARK = Inks("#11171c", "#e3e9ed", "#93a3af", "#56656f", "#1a2229", "#d97f76")


def drawn(
    edges: Sequence[Row], activities: Sequence[Row], slowest: Row | None, inks: Inks
) -> Markup:
    """Return the drawing of some edges as an SVG element that says what it shows.

    Args:
        edges: of `rpt_process_edges`, those to draw; at least one.
        activities: of `rpt_process_activities`, for how often each was done.
        slowest: the edge to mark.
    """
    times = {row["activity"]: row["times"] for row in activities}
    names = dict.fromkeys(edge[end] for edge in edges for end in ("from_activity", "to_activity"))
    boxes = {name: _lines(name, times.get(name)) for name in names}
    labels = [_label(edge, is_slowest=edge is slowest) for edge in edges]
    options = OPTIONS | {"self_loops": _loops(edges, labels)}
    layout = graphlay.layout(_graph(boxes, edges, labels), preset="process_map", options=options)
    scene = layout.sketch_scene(background=None)
    scene["font"]["family"] = FONT
    for (name, lines), node in zip(boxes.items(), scene["nodes"], strict=True):
        _dress(node, name, lines, inks)
    for edge, label, place, line in zip(edges, labels, layout.edges, scene["edges"], strict=True):
        is_slowest = edge is slowest
        line["stroke"]["paint"] = inks.accent if is_slowest else inks.line
        colour = inks.accent if is_slowest else inks.muted
        text = _text(label, LABEL_PX, colour) | {"halo": {"color": inks.paper, "width": HALO}}
        line["labels"] = [{"text": text, "at": place["label_anchor"]}]
    svg = str(graphlay.render_scene(scene))
    head = Markup('<svg role="img" aria-label="{}"').format(in_words(edges, slowest))
    return Markup(svg[svg.index("<svg") :]).replace(Markup("<svg"), head, 1)


def _graph(
    boxes: Mapping[str, Sequence[str]], edges: Sequence[Row], labels: Sequence[str]
) -> graphlay.Graph:
    """Return what is laid out: activities with the lines in their boxes, and steps with labels."""
    graph = graphlay.Graph()
    looping = {edge["from_activity"] for edge in edges if _is_loop(edge)}
    for name, lines in boxes.items():
        width, height = _size(lines, NAME_PX)
        graph.node(
            name,
            width=max(LEAST_WIDTH, width + 2 * PADDING),
            height=height + PADDING + (LOOP_HEIGHT if name in looping else 0),
            shape="ellipse" if name in PLACES else "box",
        )
    most = max(edge["steps"] for edge in edges)
    for edge, label in zip(edges, labels, strict=True):
        width, height = _size([label], LABEL_PX)
        graph.edge(
            edge["from_activity"],
            edge["to_activity"],
            weight=float(edge["steps"]),
            thickness=_thickness(edge["steps"], most),
            label_size={"width": width, "height": height},
        )
    return graph


def _is_loop(edge: Row) -> bool:
    return bool(edge["from_activity"] == edge["to_activity"])


def _loops(edges: Sequence[Row], labels: Sequence[str]) -> dict[str, float]:
    """Return how far what is done again leads from its box; its text begins behind the line.

    The layout leaves half of a text's height beside a loop, where half of its width is needed.
    """
    looping = [label for edge, label in zip(edges, labels, strict=True) if _is_loop(edge)]
    width, height = _size(looping or [""], LABEL_PX)
    return {"size": LOOP, "label_gap": max(0.0, width - height) / 2 + HALO}


def _lines(name: str, times: int | None) -> list[str]:
    """Return what is written in an activity: its name, and how often it was done."""
    return [named(name)] if times is None or name in PLACES else [named(name), f"{times:,}"]


def _label(edge: Row, *, is_slowest: bool) -> str:
    said = [f"{edge['steps']:,}"]
    if edge["median_seconds"] is not None:
        said.append(words.duration(edge["median_seconds"]))
    return " · ".join([*said, "slowest"] if is_slowest else said)


def _thickness(steps: int, most: int) -> float:
    share = math.log1p(steps) / math.log1p(most)
    return round(THINNEST + (THICKEST - THINNEST) * share**2, 2)


def _size(lines: Sequence[str], font_px: float) -> tuple[float, float]:
    """Return about how wide and high lines of text are, in pixels."""
    width = max(len(line) for line in lines) * CHARACTER * font_px
    return width, len(lines) * LINE * font_px


def _dress(node: dict[str, Any], name: str, lines: Sequence[str], inks: Inks) -> None:
    """Give an activity its colours and its texts."""
    node["fill"] = inks.paper if name in PLACES else inks.fill
    node["stroke"] |= {"paint": inks.line, "width": 1.2}
    if name == "still_open":
        node["stroke"]["dash"] = "4 3"
    first = -(len(lines) - 1) / 2
    node["content"] = [
        _text(line, NAME_PX if place == 0 else LABEL_PX, inks.text if place == 0 else inks.muted)
        | {"dy": (first + place) * LINE * NAME_PX}
        for place, line in enumerate(lines)
    ]


def _text(text: str, font_px: float, colour: str) -> dict[str, Any]:
    """Return a text of a scene, in the middle of where it belongs."""
    return {
        "kind": "text",
        "text": text,
        "dx": 0.0,
        "dy": 0.0,
        "size": font_px,
        "weight": 400.0,
        "family": None,
        "color": colour,
        "anchor": "middle",
        "baseline": "central",
        "wrap": None,
        "halo": None,
        "attrs": {"id": None, "class": [], "data": [], "style": None, "extra": []},
    }


def in_words(edges: Iterable[Row], slowest: Row | None) -> str:
    """Return what the drawing shows, for those who cannot see it."""
    count = words.counted(len(list(edges)), "step from one activity to the next", "steps")
    text = f"The process as a graph of {count}."
    if slowest is not None:
        one, other = named(slowest["from_activity"]), named(slowest["to_activity"])
        took = words.duration(slowest["median_seconds"])
        text += f" The slowest leads from {one} to {other}: {took} in the middle."
    return text
