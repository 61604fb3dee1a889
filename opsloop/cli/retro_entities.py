"""`opsloop retro entities`: which entities and segments of the evidence bring the work."""

from __future__ import annotations

from datetime import date
from typing import get_args

import click

from opsloop.cli.output import Column, print_json, print_table, print_text, when
from opsloop.cli.retro_part import chosen, of_a_part, of_a_period, period_of, published
from opsloop.cli.session import json_option
from opsloop.service.figures import entities as figures
from opsloop.service.figures.parts import Row

SEGMENTS_SHOWN = 5  # of each column of evidence


@click.command()
@of_a_part
@of_a_period
@click.option(
    "--order",
    type=click.Choice(get_args(figures.Order)),
    default="incidents",
    show_default=True,
    help="What the first ones have most of.",
)
@json_option
def entities(
    since: date | None,
    until: date | None,
    order: figures.Order,
    as_json: bool,
    **named: str | None,
) -> None:
    """Print the entities that bring most, and the segments of the evidence.

    Both are of what was opened in the period. "again" counts openings within 14 days of an end of
    the same entity. Segments are values of the columns that a monitor names under
    `retro: {by: [...]}`.
    """
    copy = published()
    part = chosen(copy, **named)
    period = period_of(since, until)
    found = figures.top(copy, part, period, order)
    segments = figures.segments(copy, part, period)
    if as_json:
        print_json(
            {
                "data_through": copy.published.data_through,
                "dimension": part.dimension,
                "dimension_value": part.value,
                "from": period.since,
                "to": period.until,
                "entities": found,
                "segments": segments,
            }
        )
        return
    if not found:
        print_text("No incident here is about an entity.")
        return
    print_table(_ENTITIES, (_entity(row) for row in found))
    if segments:
        print_text("")
        shown = [row for row in segments if row["place"] <= SEGMENTS_SHOWN]
        print_table(_SEGMENTS, (_segment(row) for row in shown))


_ENTITIES = (
    Column("entity", is_flexible=True),
    Column("kind"),
    *(Column(name, is_number=True) for name in ("incidents", "open", "events", "minutes", "again")),
    Column("last opened"),
)


def _entity(row: Row) -> tuple[object, ...]:
    name = row["entity_id"]
    return (
        f"{row['entities']} others" if name is None else name,
        row["type_of_entity"],
        row["incidents"],
        row["open_incidents"],
        row["events"],
        None if row["minutes"] is None else f"{row['minutes']:,.0f}",
        row["again_within_14_days"],
        when(row["last_opened_at"]),
    )


_SEGMENTS = (
    Column("evidence"),
    Column("value", is_flexible=True),
    *(Column(name, is_number=True) for name in ("incidents", "share", "minutes", "false")),
)


def _segment(row: Row) -> tuple[object, ...]:
    minutes = row["recorded_minutes"]
    return (
        row["dimension"],
        row["dimension_value"],
        row["incidents"],
        f"{row['incidents_share']:.0%}",
        None if minutes is None else f"{minutes:,.0f}",
        f"{row['false_alarms']} of {row['reviewed']}",
    )
