"""`opsloop retro impact`: what was at stake, what people recovered, and rates per population."""

from __future__ import annotations

from datetime import date

import click

from opsloop.cli.output import Column, amount, print_json, print_table, print_text
from opsloop.cli.retro_part import chosen, of_a_part, of_a_period, period_of, published
from opsloop.cli.session import json_option
from opsloop.service.figures import impact as figures
from opsloop.service.figures import impact_weekly
from opsloop.service.figures.parts import Row


@click.command()
@of_a_part
@of_a_period
@json_option
def impact(since: date | None, until: date | None, as_json: bool, **named: str | None) -> None:
    """Print impact at stake and recovered, a line per unit: units are never summed.

    "at stake" is of what was opened in the period, "recovered" of what ended in it after a person
    had acted; "net" leaves out what would have cleared by itself in that time, of that part of it
    for which this is known.
    """
    copy = published()
    part = chosen(copy, **named)
    period = period_of(since, until)
    units = figures.of_period(copy, part, period)
    if as_json:
        print_json(
            {
                "data_through": copy.published.data_through,
                "dimension": part.dimension,
                "dimension_value": part.value,
                "from": period.since,
                "to": period.until,
                "units": units,
                "weeks": impact_weekly.weekly(copy, part, period),
                "population": impact_weekly.per_population(copy, part, period),
            }
        )
        return
    if not units:
        print_text("No impact is known of what was opened or ended there.")
        print_text("Monitors give it in a column `impact`.")
        return
    print_table(_COLUMNS, (_line(row) for row in units))


_COLUMNS = (
    Column("unit", is_flexible=True),
    *(Column(name, is_number=True) for name in ("incidents", "at stake", "ended by people")),
    *(Column(name, is_number=True) for name in ("recovered", "net of what is known")),
)


def _line(row: Row) -> tuple[object, ...]:
    return (
        row["impact_unit"],
        row["incidents"],
        amount(row["at_stake"], None),
        row["recoveries"],
        amount(row["recovered_gross"], None),
        _net(row),
    )


def _net(row: Row) -> str | None:
    net = amount(row["recovered_net"], None)
    return None if net is None else f"{net} of {amount(row['gross_with_net'], None)}"
