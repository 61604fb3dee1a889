"""`opsloop incidents split`: an incident that is several, a flood above all, opened up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from opsloop.cli.actions import expect_option, perform
from opsloop.cli.output import print_json, print_text
from opsloop.cli.session import Number, Session, as_option, json_option, person_acting
from opsloop.errors import OpsloopError
from opsloop.lifecycle import Part
from opsloop.words import counted

if TYPE_CHECKING:
    from opsloop.service.opening_up import OpenedUp
    from opsloop.types import Monitor


@click.command()
@click.argument("number", type=Number())
@click.option("--all", "is_whole", is_flag=True, help="Every key that fires; what is left ends.")
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="KEY",
    help="The events of this group key; give several.",
)
@click.option("--entity", metavar="ID", help="The events of this entity, with all of its keys.")
@click.option("--worst", type=int, metavar="COUNT", help="The worst so many keys.")
@click.option(
    "--event",
    "event_ids",
    multiple=True,
    metavar="EVENT_ID",
    help="With --title: these events, into one incident. `show --json` names them.",
)
@click.option("--title", help="With --event: what the one incident is called.")
@expect_option
@as_option
@json_option
def split(
    number: int,
    is_whole: bool,
    keys: tuple[str, ...],
    entity: str | None,
    worst: int | None,
    event_ids: tuple[str, ...],
    title: str | None,
    expect: int | None,
    person: str | None,
    as_json: bool,
) -> None:
    """Open incident NUMBER up: each key that is meant becomes an incident of its own.

    --all means every key that fires; --key, --entity and --worst mean a part, and narrow each
    other. With --event and --title, those events become one incident together.
    """
    named = bool(keys) or entity is not None or worst is not None
    if [is_whole, named, bool(event_ids)].count(True) != 1:
        raise click.UsageError("Say what leaves: --all, or --key, --entity, --worst, or --event.")
    if bool(event_ids) != (title is not None):
        raise click.UsageError("--event and --title go together.")
    actor = person_acting(person)
    if title is not None:
        perform(
            lambda service: service.split(
                number, actor, event_ids=event_ids, title=title, expect=expect
            ),
            "split off",
            as_json=as_json,
        )
        return
    session = Session()
    with session.service() as service:
        opened = service.open_up(
            number,
            actor,
            part=Part(keys, entity, worst),
            monitors=_monitors(session),
            expect=expect,
        )
    if as_json:
        print_json(_record(opened))
    else:
        _print(opened)


def _monitors(session: Session) -> Mapping[str, Monitor]:
    """Return the monitors by id; without dbt's manifest, titles name the monitor and the key."""
    try:
        return session.project.by_id()
    except OpsloopError:
        return {}


def _record(opened: OpenedUp) -> dict[str, object]:
    source = opened.source
    return {
        "number": source.incident_id,
        "status": source.state,
        "event_count": source.events_total,
        "events_firing": source.events_firing,
        "decision_version": source.decision_version,
        "opened": opened.numbers,
        "batches": opened.batches,
    }


def _print(opened: OpenedUp) -> None:
    source, numbers = opened.source, opened.numbers
    if not numbers:
        print_text(f"#{source.incident_id}: what was meant has cleared meanwhile.")
        return
    which = f"#{numbers[0]}" if len(numbers) == 1 else f"#{numbers[0]} to #{numbers[-1]}"
    rest = (
        f"{source.events_firing:,} of its events fire on in it"
        if source.state.is_open
        else "nothing fires in it any more: it is resolved"
    )
    print_text(
        f"#{source.incident_id} opened up into {counted(len(numbers), 'incident')}: {which}\n{rest}"
        f"\nTo take it back: opsloop incidents undo {opened.batches[0]}"
    )
