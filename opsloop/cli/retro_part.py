"""Which published figures a command of the retro reads: whose copy, and which part of the work."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from opsloop.cli.session import Session
from opsloop.errors import NotFound
from opsloop.words import did_you_mean

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy


class Part(NamedTuple):
    """A part of the work: `total` and `all`, or a team, a monitor, or an imported log."""

    dimension: str
    value: str


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
    return Part("total", "all")


def require_known(copy: ServingCopy, part: Part) -> None:
    """Raise NotFound, with the nearest name, if no figures are told apart by this one."""
    sql = "select dimension_value from rpt_headline where dimension = ?"
    known = [row["dimension_value"] for row in copy.query(sql, [part.dimension])]
    if part.value in known:
        return
    near = did_you_mean(part.value, known)
    if part.dimension == "source":
        raise NotFound(
            f"Nothing was imported from '{part.value}'.{near}",
            "`opsloop import` brings another system's log in; then `opsloop publish`.",
        )
    raise NotFound(
        f"No incident belongs to a {part.dimension} '{part.value}'.{near}",
        "`opsloop retro` lists those that the figures know.",
    )
