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
    """A part of the work: `total` and `all`, or a team, or a monitor."""

    dimension: str
    value: str


def of_a_part(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command take the part of the work that it looks at."""
    for option in (
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


def chosen(copy: ServingCopy, team: str | None, monitor: str | None) -> Part:
    """Return the part that the options name; raises NotFound for one that the figures lack."""
    if team is not None and monitor is not None:
        raise click.UsageError("Give --team or --monitor, not both.")
    if team is not None:
        part = Part("team", team)
    elif monitor is not None:
        part = Part("monitor", monitor)
    else:
        return Part("total", "all")
    sql = "select dimension_value from rpt_headline where dimension = ?"
    known = [row["dimension_value"] for row in copy.query(sql, [part.dimension])]
    if part.value not in known:
        raise NotFound(
            f"No incident belongs to a {part.dimension} '{part.value}'."
            f"{did_you_mean(part.value, known)}",
            "`opsloop retro` lists those that the figures know.",
        )
    return part
