"""`opsloop incidents refusals`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from opsloop.cli.output import Column, print_json, print_table, print_text, when
from opsloop.cli.session import Number, Session, json_option

if TYPE_CHECKING:
    from opsloop.types import Refusal


@click.command()
@click.option("--incident", "number", type=Number(), help="With this incident alone.")
@click.option("--person", metavar="PERSON", help="To this person alone.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True)
@json_option
def refusals(number: int | None, person: str | None, limit: int, as_json: bool) -> None:
    """List what people wanted to do and were not let do, the newest first."""
    from opsloop.service import Service

    session = Session()
    with session.store() as store:
        found = Service(store, session.config).refusals(number=number, person=person, limit=limit)
    if as_json:
        print_json([_record(one) for one in found])
    elif not found:
        print_text("Nothing was refused.")
    else:
        print_table(
            (
                Column("when (UTC)"),
                Column("person"),
                Column("wanted to"),
                Column("#", is_number=True),
                Column("why"),
                Column("was told", is_flexible=True),
            ),
            (
                (
                    when(one.refused_at),
                    one.actor.id,
                    one.deed.replace("_", " "),
                    one.incident_id,
                    one.reason.replace("_", " "),
                    one.message,
                )
                for one in found
            ),
        )


def _record(one: Refusal) -> dict[str, Any]:
    return {
        "refused_at": one.refused_at,
        "person": one.actor.id,
        "via": one.actor.via,
        "deed": one.deed,
        "incident": one.incident_id,
        "reason": one.reason,
        "needs": one.needs,
        "message": one.message,
    }
