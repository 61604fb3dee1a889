"""`opsloop retro work`: what the minutes went into, what they cost, and how much is known of it."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import Any

import click

from opsloop.cli.output import Column, print_json, print_table, print_text
from opsloop.cli.retro_part import chosen, published
from opsloop.cli.session import json_option
from opsloop.service.figures import work as figures

SHOWN = ("total", "type", "monitor", "team")


@click.command()
@click.option(
    "--by",
    "dimension",
    type=click.Choice(SHOWN),
    help="These rows alone; else all.",
)
@click.option("--source", help="What was imported from there, and nothing else.")
@json_option
def work(dimension: str | None, source: str | None, as_json: bool) -> None:
    """Print what the minutes went into, the most first, and what they cost.

    "recorded" is what people wrote down, of how many incidents; what nobody wrote down is unknown,
    not nothing. "estimated" takes the unknown for the median of the monitor's recorded minutes.
    Costs need `rates:` in opsloop.yml.
    """
    if source is not None and dimension is not None:
        raise click.UsageError("Give --by or --source: an imported log is told as one.")
    copy = published()
    part = chosen(copy, source=source)
    rows = figures.listed(copy, (dimension,) if dimension else SHOWN, source)
    if as_json:
        print_json(
            {
                "data_through": copy.published.data_through,
                "figures": rows,
                "weeks": figures.weekly(copy, part),
            }
        )
        return
    if not any(row["recorded_minutes"] for row in rows):
        print_text("Nobody recorded any minutes: what the work took is not known.")
        return
    for place, (name, group) in enumerate(groupby(rows, key=itemgetter("dimension"))):
        if place:
            print_text("")
        columns = (Column(_HEADS.get(name, name), is_flexible=True), *_COLUMNS)
        print_table(columns, map(_line, group))


_HEADS = {"total": ""}  # a dimension's name stands above its values
_COLUMNS = (
    *(Column(name, is_number=True) for name in ("minutes", "so far", "recorded", "median")),
    *(Column(name, is_number=True) for name in ("cost", "estimated", "minutes, est.")),
)


def _line(row: dict[str, Any]) -> tuple[object, ...]:
    so_far = row["minutes_share_so_far"]
    return (
        row["dimension_value"],
        _rounded(row["recorded_minutes"]),
        None if so_far is None else f"{so_far:.0%}",
        f"{row['recorded_incidents']} of {row['incidents']}",
        _rounded(row["median_minutes"]),
        _cost(row, "recorded_cost"),
        _cost(row, "estimated_cost"),
        _rounded(row["estimated_minutes"]),
    )


def _rounded(minutes: float | None) -> str | None:
    return None if minutes is None else f"{minutes:,.0f}"


def _cost(row: dict[str, Any], name: str) -> str | None:
    return None if row[name] is None else f"{row[name]:,.0f} {row['currency']}"
