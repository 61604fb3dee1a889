"""Which published figures a command of the retro reads: whose copy, and which part of the work."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from opsloop.cli.session import Session
from opsloop.errors import NotFound
from opsloop.service.figures.parts import EVERYTHING, Part, require_known

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
