"""Which published figures a command of the retro reads: whose copy, and which part of the work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from opsloop.cli.session import Session
from opsloop.errors import NotFound
from opsloop.service.figures.parts import EVERYTHING, Part, require_known
from opsloop.service.figures.periods import Period

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy


def of_a_part(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command take the part of the work that it looks at."""
    for option in (
        click.option("--source", help="What was imported from there, and nothing else."),
        click.option("--monitor", help="What this monitor opened."),
        click.option("--team", help="What this team has, or had when it ended."),
    ):
        command = option(command)
    return command


class Day(click.ParamType[date]):
    """`2026-11-23`, or an ISO week such as `2026-W48` for its Monday; UTC."""

    name = "day"

    def convert(
        self, value: object, parameter: click.Parameter | None, context: click.Context | None
    ) -> date:
        """Return the day."""
        try:
            return date.fromisoformat(str(value).strip())
        except ValueError:
            self.fail(
                f"'{value}' is no day: write 2026-11-23, or 2026-W48 for its Monday.",
                parameter,
                context,
            )


class PartOfFigures(click.ParamType[Part]):
    """`team=desk`, `monitor=mon_late`, or `total` for everything."""

    name = "part"

    def convert(
        self, value: object, parameter: click.Parameter | None, context: click.Context | None
    ) -> Part:
        """Return the part."""
        dimension, sign, name = str(value).strip().partition("=")
        if dimension == EVERYTHING.dimension and name in ("", EVERYTHING.value):
            return EVERYTHING
        if not (dimension and sign and name):
            self.fail(
                f"'{value}' is no part of the work: write team=NAME, monitor=NAME or total.",
                parameter,
                context,
            )
        return Part(dimension, name)


def of_a_period(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command take the period that it looks at, as `since` and `until`."""
    for option in (
        click.option("--to", "until", type=Day(), help="The first day after the period."),
        click.option("--from", "since", type=Day(), help="The first day of the period (UTC)."),
    ):
        command = option(command)
    return command


def period_of(since: date | None, until: date | None) -> Period:
    """Return the period between two options; raises UsageError if it holds no day."""
    try:
        return Period(since, until)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def published() -> ServingCopy:
    """Return the published figures; raises NotFound before the first were."""
    from opsloop.warehouse.serving import open_serving

    copy = open_serving(Session().paths.serving)
    if copy is None:
        raise NotFound("Nothing was published yet.", "Run `opsloop run`, or `opsloop publish`.")
    return copy


def chosen(copy: ServingCopy, **named: str | None) -> Part:
    """Return the part that one of the options names; everything that lives here if none does.

    Args:
        named: `team`, `monitor` or `source`.

    Raises:
        NotFound: the figures know nothing of that name.
    """
    given = [Part(dimension, value) for dimension, value in named.items() if value is not None]
    if len(given) > 1:
        raise click.UsageError("Give one of --team, --monitor and --source.")
    for part in given:
        require_known(copy, part)
        return part
    return EVERYTHING
