"""The process map as a graph in the DOT language. Pure: only where to draw is decided here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app import words
from opsloop.reporting.process_tables import PLACES, named
from opsloop.service.figures.parts import Row

THINNEST, THICKEST = 1.0, 6.0  # points


@dataclass(frozen=True, slots=True)
class Inks:
    """The colours of a drawing; texts inside it do not follow the page's theme."""

    text: str
    muted: str
    line: str
    fill: str
    accent: str


LIGHT = Inks("#1b2530", "#5a6975", "#9fb0ba", "#f3f6f7", "#b3574f")
DARK = Inks("#e3e9ed", "#93a3af", "#56656f", "#1a2229", "#d97f76")


def drawn(edges: Sequence[Row], activities: Sequence[Row], slowest: Row | None, inks: Inks) -> str:
    """Return the graph of some edges.

    Args:
        edges: of `rpt_process_edges`, those to draw.
        activities: of `rpt_process_activities`, for how often each was done.
        slowest: the edge to mark.
    """
    times = {row["activity"]: row["times"] for row in activities}
    most = max((edge["steps"] for edge in edges), default=1)
    names = dict.fromkeys(edge[end] for edge in edges for end in ("from_activity", "to_activity"))
    lines = [
        *_head(inks),
        *(_node(name, times.get(name), inks) for name in names),
        *(_edge(edge, most, edge is slowest, inks) for edge in edges),
    ]
    return "\n".join(["digraph {", *lines, "}"])


def _head(inks: Inks) -> Iterator[str]:
    font = {"fontname": "Helvetica, Arial, sans-serif", "fontsize": 12}
    yield f"graph [{_attributes(bgcolor='transparent', ranksep=0.45, nodesep=0.35)}]"
    yield f"node [{_attributes(**font, fontcolor=inks.text, color=inks.line, penwidth=1.2)}]"
    yield f"edge [{_attributes(**font | {'fontsize': 10}, fontcolor=inks.muted, arrowsize=0.7)}]"


def _node(name: str, times: int | None, inks: Inks) -> str:
    if name in PLACES:
        look = {"shape": "oval", "style": "dashed" if name == "still_open" else "solid"}
        return f"{_quoted(name)} [{_attributes(label=named(name), **look)}]"
    label = named(name) if times is None else f"{named(name)}\n{times:,}"
    style = {"shape": "box", "style": "rounded,filled", "fillcolor": inks.fill}
    return f"{_quoted(name)} [{_attributes(label=label, **style)}]"


def _edge(edge: Row, most: int, is_slowest: bool, inks: Inks) -> str:
    label = f"{edge['steps']:,}"
    if edge["median_seconds"] is not None:
        label += f" · {words.duration(edge['median_seconds'])}"
    share = math.log1p(edge["steps"]) / math.log1p(most)
    look: dict[str, object] = {
        "penwidth": round(THINNEST + (THICKEST - THINNEST) * share**2, 2),
        "color": inks.accent if is_slowest else inks.line,
    }
    if is_slowest:
        label += "\nslowest"
        look["fontcolor"] = inks.accent
    ends = f"{_quoted(edge['from_activity'])} -> {_quoted(edge['to_activity'])}"
    return f"{ends} [{_attributes(label=f' {label} ', **look)}]"


def _attributes(**given: object) -> str:
    return ", ".join(f"{name}={_quoted(value)}" for name, value in given.items())


def _quoted(value: object) -> str:
    """Return a text that can neither end its quotes nor begin an escape of DOT's."""
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + text.replace("\n", "\\n") + '"'


def in_words(edges: Iterable[Row], slowest: Row | None) -> str:
    """Return what the graph shows, for those who cannot see it."""
    count = words.counted(len(list(edges)), "step from one activity to the next", "steps")
    text = f"The process as a graph of {count}."
    if slowest is not None:
        one, other = named(slowest["from_activity"]), named(slowest["to_activity"])
        took = words.duration(slowest["median_seconds"])
        text += f" The slowest leads from {one} to {other}: {took} in the middle."
    return text
