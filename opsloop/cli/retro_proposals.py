"""`opsloop retro proposals`: what to do about it, the most promising first."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from opsloop.cli.output import Column, print_json, print_table, print_text
from opsloop.cli.retro_part import chosen, of_a_part, published
from opsloop.cli.session import json_option

if TYPE_CHECKING:
    from opsloop.service.proposals import Proposal


@click.command()
@of_a_part
@json_option
def proposals(as_json: bool, **named: str | None) -> None:
    """Print what the last 13 weeks say should be done, by the minutes a week that are at stake.

    Where no minutes are known, incidents a week decide. What too little is known of is not
    proposed. `opsloop improvements open --proposal KEY` makes one of them an improvement.
    """
    from opsloop.service.proposals import proposals as found_by

    copy = published()
    found = found_by(copy, chosen(copy, **named))
    if as_json:
        told = [asdict(one) for one in found]
        print_json({"data_through": copy.published.data_through, "proposals": told})
        return
    if not found:
        print_text("Nothing is proposed: the figures give no reason yet.")
        return
    print_table(_COLUMNS, map(_line, found))


_COLUMNS = (
    Column("", is_number=True),
    Column("what"),
    Column("min/week", is_number=True),
    Column("recorded", is_number=True),
    Column("incidents/week", is_number=True),
    Column("why", is_flexible=True),
    Column("key"),
)


def _line(one: Proposal) -> tuple[object, ...]:
    incidents, minutes = one.stake_incidents, one.stake_minutes
    return (
        one.rank,
        one.title,
        None if minutes is None else f"{minutes:,.0f}",
        None if one.recorded_share is None else f"{one.recorded_share:.0%}",
        None if incidents is None else f"{incidents:,.1f}",
        one.reason,
        one.proposal_key,
    )
