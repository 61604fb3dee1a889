"""`opsloop retro process-map`: which activity follows which, how often, after how long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from opsloop.cli.moments import Moment
from opsloop.cli.output import Column, print_json, print_table, print_text, span, when
from opsloop.cli.retro_part import Part, published, require_known
from opsloop.cli.session import json_option
from opsloop.words import counted

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy

Row = dict[str, Any]

VARIANTS_SHOWN = 100
PLACES = ("still_open", "end")  # where a way goes on, and where it ends: no activities

# option → what it asks of an incident
_FILTERS: Mapping[str, str] = {
    "since": "opened_at >= $since",
    "until": "opened_at < $until",
    "team": "coalesce(team, '(none)') = $team",
    "monitor": "coalesce(monitor_id, '(none)') = $monitor",
    "source": "source = $source",
}
_LIVES_HERE = "source is null"  # what was imported counts for its source alone

_CHOSEN = "with chosen as (select incident_id from fct_incidents where {conditions})"

_ACTIVITIES = """
    select activity, cast(sum(times) as bigint) as count, count(*) as incidents
    from (
        select incident_id, activity, count(*) as times
        from fct_activities semi join chosen using (incident_id)
        group by incident_id, activity
    )
    group by activity order by count desc, activity
"""
_STARTS = """
    select activity as "to", count(*) as count
    from fct_activities semi join chosen using (incident_id)
    where place = 1 group by activity order by count desc, activity
"""
_EDGES = """
    select
        activity as "from",
        next_activity as "to",
        count(*) as count,
        percentile_cont(0.5) within group (order by seconds_to_next) as median_seconds,
        sum(seconds_to_next) as total_seconds,
        is_while_open
    from fct_activities semi join chosen using (incident_id)
    group by activity, next_activity, is_while_open
    order by count desc, activity, next_activity
"""
_VARIANTS = """
    select
        path_id,
        path,
        is_ended,
        count(*) as count,
        count(*) / sum(count(*)) over () as share,
        percentile_cont(0.5) within group (order by seconds) as median_seconds,
        count(*) over () as variants
    from fct_process_paths semi join chosen using (incident_id)
    group by path_id, path, is_ended
    order by count desc, path_id
    limit $shown
"""
_REWORK = """
    select
        kind,
        activity,
        via_activity as via,
        count(*) as count,
        count(distinct incident_id) as incidents,
        percentile_cont(0.5) within group (order by seconds) as median_seconds,
        sum(seconds) as total_seconds
    from fct_process_loops semi join chosen using (incident_id)
    group by kind, activity, via_activity
    order by kind, count desc, activity, via_activity
"""


@click.command(name="process-map")
@click.option("--from", "since", type=Moment(), help="Incidents opened then or later.")
@click.option("--to", "until", type=Moment(), help="Incidents opened before that moment.")
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
def process_map(min_count: int, as_json: bool, **chosen: datetime | str | None) -> None:
    """Print the process from opening to the end: what follows what, how often, after how long.

    "in all" is the sum of the times between. The slowest edge is the one with the longest median
    while somebody had something to do, of those that at least one in twenty incidents took.
    """
    copy = published()
    for dimension in ("team", "monitor", "source"):
        if (value := chosen[dimension]) is not None:
            require_known(copy, Part(dimension, str(value)))
    found = document(copy, {name: value for name, value in chosen.items() if value}, min_count)
    if as_json:
        print_json(found)
    else:
        _print(found)


def document(
    copy: ServingCopy, chosen: Mapping[str, datetime | str], min_count: int = 1
) -> dict[str, Any]:
    """Return the map of the chosen incidents as the command prints it.

    Args:
        chosen: values of `_FILTERS`; moments are aware.
        min_count: leaves out edges that were taken more rarely.
    """
    values = {name: _naive(value) for name, value in chosen.items()}
    conditions = [_FILTERS[name] for name in values]
    if "source" not in values:
        conditions.append(_LIVES_HERE)

    def rows(sql: str, **more: int) -> list[Row]:
        head = _CHOSEN.format(conditions=" and ".join(conditions))
        return copy.query(head + sql, {**values, **more})

    starts = rows(_STARTS)
    incidents = sum(row["count"] for row in starts)
    edges = [edge for edge in rows(_EDGES) if edge["count"] >= min_count]
    slowest = _slowest(edges, incidents)
    variants = rows(_VARIANTS, shown=VARIANTS_SHOWN)
    return {
        "data_through": copy.published.data_through,
        "from": chosen.get("since"),
        "to": chosen.get("until"),
        "team": chosen.get("team"),
        "monitor": chosen.get("monitor"),
        "source": chosen.get("source"),
        "incidents": incidents,
        "activities": rows(_ACTIVITIES),
        "edges": [
            _without(edge, "is_while_open") | {"is_slowest": edge is slowest}
            for edge in edges
            if edge["to"] not in PLACES
        ],
        "starts": starts,
        "ends": [
            {"from": edge["from"], "count": edge["count"]} for edge in edges if edge["to"] == "end"
        ],
        "still_open": [
            _without(edge, "is_while_open", "to") for edge in edges if edge["to"] == "still_open"
        ],
        "variants_total": variants[0]["variants"] if variants else 0,
        "variants": [
            _without(variant, "path", "variants") | {"activities": _activities(variant)}
            for variant in variants
        ],
        "rework": rows(_REWORK),
    }


def _slowest(edges: Iterable[Row], incidents: int) -> Row | None:
    """Return the edge with the longest median, of those that one in twenty incidents took."""
    candidates = (
        edge
        for edge in edges
        if edge["is_while_open"] and edge["to"] not in PLACES and edge["count"] * 20 >= incidents
    )
    return max(candidates, key=lambda edge: edge["median_seconds"], default=None)


def _naive(value: datetime | str) -> datetime | str:
    """Return a moment as the serving copy has it: UTC without a zone."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


def _without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def _activities(variant: Row) -> list[str]:
    return [name for name in variant["path"].split(" > ") if name not in PLACES]


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
