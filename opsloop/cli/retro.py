"""`opsloop retro`: the headline figures, from the serving copy, and the commands below it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from opsloop.cli.lazy import LazyGroup
from opsloop.cli.output import Column, print_json, print_table, print_text, span, when
from opsloop.cli.retro_part import chosen, of_a_period, period_of, published
from opsloop.cli.session import Session, json_option
from opsloop.errors import OpsloopError
from opsloop.service.figures import cohorts
from opsloop.service.figures.parts import require_dimension
from opsloop.words import counted

if TYPE_CHECKING:
    from opsloop.warehouse.serving import Published

SHOWN = ("total", "team", "monitor")
COMMANDS = {
    "process-map": (
        "opsloop.cli.process_map:process_map",
        "What follows what, how often, after how long.",
    ),
    "weekly": ("opsloop.cli.retro_weeks:weekly", "Arrivals, completions and backlog by week."),
    "service-levels": (
        "opsloop.cli.retro_weeks:service_levels",
        "Targets met and missed by week, and why.",
    ),
    "work": ("opsloop.cli.retro_work:work", "What the minutes went into, and what they cost."),
    "forecast": ("opsloop.cli.retro_outlook:forecast", "The coming weeks, with their intervals."),
    "stability": ("opsloop.cli.retro_outlook:stability", "What varies as usual, and what changed."),
    "ways": ("opsloop.cli.retro_ways:ways", "Ways of resolving the same kind, compared."),
    "quality": (
        "opsloop.cli.retro_outcomes:quality",
        "What came back, changed hands, was false or missed.",
    ),
    "impact": ("opsloop.cli.retro_impact:impact", "What was at stake, and what was recovered."),
    "entities": ("opsloop.cli.retro_entities:entities", "What brings the work."),
    "escalations": ("opsloop.cli.retro_load:escalations", "Who is asked, and how answers come."),
    "load": ("opsloop.cli.retro_load:load", "Teams' items and minutes against their capacity."),
    "proposals": ("opsloop.cli.retro_proposals:proposals", "What to do about it, ranked."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS, invoke_without_command=True)
@click.option(
    "--by",
    "dimension",
    help="What to tell apart by: total, team, monitor, priority, class, type, entity_type, or a "
    "monitor's column of evidence; else the first three.",
)
@of_a_period
@click.option("--source", help="What was imported from there, and nothing else.")
@json_option
@click.pass_context
def retro(
    context: click.Context,
    dimension: str | None,
    since: date | None,
    until: date | None,
    source: str | None,
    as_json: bool,
) -> None:
    """Print the headline figures: what came in, what was done, how long it took.

    "by itself" cleared without anybody; "ack" and "resolve" are medians, "85 %" is how long 85 of
    100 took at most to resolve; "asked" counts escalations.

    Open work counts in the times (Kaplan-Meier): "> 3 d" means that half of the incidents were not
    done when the longest had been open for three days.

    With --from and --to: of the incidents opened in that period, as they stand now.
    """
    if context.invoked_subcommand is not None:
        _refuse_lost(context)
        return
    if source is not None and dimension is not None:
        raise click.UsageError("Give --by or --source: an imported log is told as one.")
    copy = published()
    chosen(copy, source=source)
    if dimension is not None:
        require_dimension(copy, dimension)
    period = period_of(since, until)
    shown = SHOWN if dimension is None else (dimension,)
    rows = cohorts.listed(copy, period, shown, source)
    changes = _changes_since(Session(), copy.published)
    if as_json:
        print_json(
            {
                "data_through": copy.published.data_through,
                "published_at": copy.published.published_at,
                "changes_since": changes,
                "from": period.since,
                "to": period.until,
                "figures": rows,
            }
        )
        return
    if not any(row["incidents"] for row in rows):
        print_text("No incident was opened there.")
    else:
        print_table(_COLUMNS, (_row(row) for row in rows))
    print_text(f"\n{_freshness(copy.published, changes)}")


def _refuse_lost(context: click.Context) -> None:
    """Raise UsageError for options before a command's name: they would be silently lost."""
    given = [
        parameter.opts[0]
        for parameter in context.command.params
        if context.get_parameter_source(str(parameter.name)) is ParameterSource.COMMANDLINE
    ]
    if given:
        command = context.invoked_subcommand
        raise click.UsageError(
            f"{given[0]} stands before '{command}'. Write `opsloop retro {command} {given[0]} …`."
        )


_COLUMNS = (
    Column("", is_flexible=True),
    Column("incidents", is_number=True),
    Column("open", is_number=True),
    Column("by itself", is_number=True),
    Column("ack", is_number=True),
    Column("resolve", is_number=True),
    Column("85 %", is_number=True),
    Column("asked", is_number=True),
    Column("reopened", is_number=True),
)


def _row(row: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        row["dimension_value"],
        row["incidents"],
        row["open"],
        row["self_resolved"],
        _time(row, "acknowledge", "median"),
        _time(row, "resolve", "median"),
        _time(row, "resolve", "p85"),
        row["escalations"],
        row["reopened_incidents"],
    )


def _time(row: Mapping[str, Any], measure: str, quantile: str) -> str | None:
    """Return a quantile for people; one that was not reached is more than the longest seen."""
    seconds = row[f"{measure}_{quantile}_seconds"]
    if seconds is not None:
        return span(seconds)
    longest = row[f"{measure}_longest_seconds"]
    return None if longest is None else f"> {span(longest)}"


def _changes_since(session: Session, published: Published) -> int | None:
    """Return how many changes the queue has had since; None where the store cannot be read."""
    try:
        with session.store() as store:
            return store.changes_since(published.seq)
    except OpsloopError:
        return None


def _freshness(published: Published, changes: int | None) -> str:
    through = when(published.data_through)
    text = f"Figures through {through} UTC" if through else "Figures of an empty queue"
    if changes is None:
        return f"{text}; the store cannot be read, so what came since is not known."
    return f"{text}; {counted(changes, 'change')} since."
