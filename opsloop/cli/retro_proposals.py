"""`opsloop retro proposals`: what to do about it, the most promising first."""

from __future__ import annotations

import click

from opsloop.cli.output import Column, print_json, print_table, print_text
from opsloop.cli.retro_part import chosen, of_a_part, published
from opsloop.cli.session import json_option
from opsloop.service.figures import proposals as figures
from opsloop.service.figures.parts import Row


@click.command()
@of_a_part
@json_option
def proposals(as_json: bool, **named: str | None) -> None:
    """Print what the last 13 weeks say should be done, by the minutes a week that are at stake.

    Where no minutes are known, incidents a week decide. What too little is known of is not
    proposed. `opsloop improvements open --proposal KEY` makes one of them an improvement.
    """
    copy = published()
    part = chosen(copy, **named)
    found = figures.proposals(copy, part)
    if as_json:
        print_json({"data_through": copy.published.data_through, "proposals": found})
        return
    if not found:
        print_text("Nothing is proposed: the figures give no reason yet.")
        return
    print_table(_COLUMNS, (_line(row) for row in found))


_COLUMNS = (
    Column("", is_number=True),
    Column("what"),
    Column("min/week", is_number=True),
    Column("incidents/week", is_number=True),
    Column("why", is_flexible=True),
    Column("key"),
)


def _line(row: Row) -> tuple[object, ...]:
    minutes = row["stake_minutes"]
    return (
        row["rank"],
        row["title"],
        None if minutes is None else f"{minutes:,.0f}",
        f"{row['stake_incidents']:,.1f}",
        row["reason"],
        row["proposal_key"],
    )
