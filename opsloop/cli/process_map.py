"""`opsloop retro process-map`: which activity follows which, how often, after how long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from opsloop.cli.output import Column, print_json, print_table, print_text, span, when
from opsloop.cli.retro_part import of_a_period, period_of, published
from opsloop.cli.session import json_option
from opsloop.service.figures import process
from opsloop.service.figures.parts import Part, Row, require_known
from opsloop.service.figures.process import END, START, STILL_OPEN, Chosen
from opsloop.words import counted

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy

PLACES = {START, END, STILL_OPEN}


@click.command(name="process-map")
@of_a_period
@click.option("--team", help="Incidents that this team has now, or had when they ended.")
@click.option("--monitor", help="Incidents that this monitor opened.")
@click.option("--source", help="Incidents that were imported from there, and no others.")
@click.option(
    "--min-count",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Edges that were taken at least as often.",
)
@json_option
def process_map(
    since: date | None,
    until: date | None,
    min_count: int,
    as_json: bool,
    **named: str | None,
) -> None:
    """Print the process from opening to the end: what follows what, how often, after how long.

    With --from and --to: of the incidents opened in that period.

    "in all" is the sum of the times between. The slowest edge is the one with the longest median
    while somebody had something to do, of those that at least one in twenty incidents took.
    """
    copy = published()
    for dimension, value in named.items():
        if value is not None:
            require_known(copy, Part(dimension, value))
    found = document(copy, Chosen(period_of(since, until), **named), min_count)
    if as_json:
        print_json(found)
    else:
        _print(found)


def document(copy: ServingCopy, chosen: Chosen, min_count: int = 1) -> dict[str, Any]:
    """Return the map of the chosen incidents as the command prints it.

    Args:
        min_count: leaves out edges that were taken more rarely.
    """
    found = process.counted(copy, chosen)
    edges = [edge for edge in found.edges if edge["steps"] >= min_count]
    slowest = process.slowest(edges, found.incidents)
    return {
        "data_through": copy.published.data_through,
        "from": chosen.period.since,
        "to": chosen.period.until,
        "team": chosen.team,
        "monitor": chosen.monitor,
        "source": chosen.source,
        "incidents": found.incidents,
        "activities": [
            {
                "activity": row["activity"],
                "count": row["times"],
                "incidents": row["incidents"],
            }
            for row in found.activities
        ],
        "edges": [
            _edge(edge, "from", "to") | {"is_slowest": edge is slowest}
            for edge in edges
            if not {edge["from_activity"], edge["to_activity"]} & PLACES
        ],
        "starts": [
            {"to": edge["to_activity"], "count": edge["steps"]}
            for edge in found.edges
            if edge["from_activity"] == START
        ],
        "ends": [
            {"from": edge["from_activity"], "count": edge["steps"]}
            for edge in edges
            if edge["to_activity"] == END
        ],
        "still_open": [_edge(edge, "from") for edge in edges if edge["to_activity"] == STILL_OPEN],
        "variants_total": found.variants[0]["variants"] if found.variants else 0,
        "variants": [_variant(variant) for variant in found.variants],
        "rework": [_loop(loop) for loop in found.rework],
    }


def _edge(edge: Row, *ends: str) -> dict[str, Any]:
    """Return an edge as the document has it, with the activities at its named ends."""
    return {
        **{end: edge[f"{end}_activity"] for end in ends},
        "count": edge["steps"],
        "median_seconds": edge["median_seconds"],
        "total_seconds": edge["total_seconds"],
    }


def _variant(row: Row) -> dict[str, Any]:
    return {
        "path_id": row["path_id"],
        "is_ended": row["is_ended"],
        "count": row["incidents"],
        "share": row["incidents_share"],
        "median_seconds": row["median_seconds"],
        "activities": [name for name in row["path"].split(" > ") if name not in PLACES],
    }


def _loop(row: Row) -> dict[str, Any]:
    return {
        "kind": row["kind"],
        "activity": row["activity"],
        "via": row["via_activity"],
        "count": row["times"],
        "incidents": row["incidents"],
        "median_seconds": row["median_seconds"],
        "total_seconds": row["total_seconds"],
    }


def _print(found: Mapping[str, Any]) -> None:
    if not found["incidents"]:
        print_text("No incident was opened there.")
        return
    print_table(_COLUMNS, _lines(found))
    variants = counted(found["variants_total"], "way")
    through = when(found["data_through"])
    print_text(f"\n{counted(found['incidents'], 'incident')}, {variants} through it.")
    print_text(f"Figures through {through} UTC.")


_COLUMNS = (
    Column("from", is_flexible=True),
    Column("to"),
    Column("count", is_number=True),
    Column("median", is_number=True),
    Column("in all", is_number=True),
    Column(""),
)


def _lines(found: Mapping[str, Any]) -> Iterable[tuple[object, ...]]:
    for edge in found["starts"]:
        yield "(start)", edge["to"], edge["count"], None, None, None
    for edge in found["edges"]:
        yield _line(edge, edge["to"], "slowest" if edge["is_slowest"] else None)
    for edge in found["still_open"]:
        yield _line(edge, "(still open)", None)
    for edge in found["ends"]:
        yield edge["from"], "(end)", edge["count"], None, None, None


def _line(edge: Row, to: str, mark: str | None) -> tuple[object, ...]:
    median, total = span(edge["median_seconds"]), span(edge["total_seconds"])
    return edge["from"], to, edge["count"], median, total, mark
