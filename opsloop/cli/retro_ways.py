"""`opsloop retro ways`: ways of resolving the same kind of incident, compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from opsloop.cli.output import Column, print_json, print_table, print_text, span
from opsloop.cli.retro_part import chosen, published
from opsloop.cli.session import json_option

if TYPE_CHECKING:
    from opsloop.service.ways import Against, Way


@click.command()
@click.option("--monitor", required=True, help="Whose incidents: they are of one kind.")
@click.option(
    "--by",
    type=click.Choice(["code", "team"]),
    default="code",
    show_default=True,
    help="What tells ways apart: the first resolution code, or the team; never persons.",
)
@json_option
def ways(monitor: str, by: str, as_json: bool) -> None:
    """Compare ways of resolving a monitor's incidents, by weekly median times to resolve.

    Each is compared with the one that is taken most. Nobody dealt the incidents out at random: a
    way that gets the hard ones looks slow.
    """
    from opsloop.service.ways import compared, ways_of

    copy = published()
    chosen(copy, monitor=monitor)
    found = ways_of(copy, monitor, by)
    against = compared(found)
    if as_json:
        print_json(
            {
                "data_through": copy.published.data_through,
                "monitor": monitor,
                "by": by,
                "ways": [_way(one) for one in found],
                "compared": [_against(one) for one in against],
            }
        )
        return
    if not found:
        print_text("Nobody has resolved any of its incidents yet.")
        return
    print_table(
        (
            Column(by),
            Column("incidents", is_number=True),
            Column("weeks", is_number=True),
            Column("weekly median", is_number=True),
        ),
        ((one.name, one.incidents, _weeks_of(one), span(one.median_seconds)) for one in found),
    )
    for one in against:
        print_text(f"{one.way.name} against {one.usual.name}: {one.in_words()}")


def _weeks_of(one: Way) -> int:
    return sum(value is not None for _, value in one.weeks.items())


def _way(one: Way) -> dict[str, Any]:
    return {
        "way": one.name,
        "incidents": one.incidents,
        "weeks": _weeks_of(one),
        "median_seconds": one.median_seconds,
    }


def _against(one: Against) -> dict[str, Any]:
    return {
        "way": one.way.name,
        "against": one.usual.name,
        "weeks": one.compared.weeks,
        "change": one.compared.change,
        "low": one.compared.low,
        "high": one.compared.high,
        "p_value": one.compared.p_value,
        "adjusted_p_value": one.adjusted_p_value,
        "is_claimed": one.is_claimed,
        "says": one.in_words(),
    }
