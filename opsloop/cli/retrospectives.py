"""`opsloop retrospectives`: agenda, decisions and actions, and what became of last time's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from opsloop.cli import improvement_records as records
from opsloop.cli.output import Column, clean, print_json, print_table, print_text
from opsloop.cli.retro_part import Day, of_a_period
from opsloop.cli.session import (
    Number,
    Session,
    as_option,
    json_option,
    person_acting,
    text_option,
)
from opsloop.errors import NotFound
from opsloop.retrospectives import ItemKind, ItemState

if TYPE_CHECKING:
    from opsloop.retrospectives import Item, Retrospective
    from opsloop.service.retrospecting import Became, RetrospectiveView

_HEADINGS = {
    ItemKind.AGENDA: "Agenda",
    ItemKind.DECISION: "Decided",
    ItemKind.ACTION: "Actions",
}
improvement_option = click.option(
    "--improvement", "improvement_id", type=Number(), help="The improvement that it is about."
)


@click.group()
def retrospectives() -> None:
    """Keep what retrospectives talked about, decided and gave somebody to do."""


@retrospectives.command(name="list")
@json_option
def list_retrospectives(as_json: bool) -> None:
    """List the retrospectives, the newest first."""
    with Session().service() as service:
        found = service.retrospectives()
    if as_json:
        print_json([_record(one) for one in found])
        return
    if not found:
        print_text("No retrospective was held.")
        return
    print_table(
        (
            Column("#", is_number=True),
            Column("team"),
            Column("from"),
            Column("until"),
            Column("opened"),
            Column("closed"),
        ),
        (
            (
                one.retrospective_id,
                one.team or "all",
                one.from_day,
                one.to_day,
                one.opened_at.date(),
                one.closed_at.date() if one.closed_at else "open",
            )
            for one in found
        ),
    )


@retrospectives.command()
@click.argument("number", type=Number(), required=False)
@json_option
def show(number: int | None, as_json: bool) -> None:
    """Show retrospective NUMBER, else the last one: what it began with, and what it kept."""
    with Session().service() as service:
        if number is None:
            known = service.retrospectives()
            if not known:
                raise NotFound(
                    "No retrospective was held.", "Open one: `opsloop retrospectives open`."
                )
            number = known[0].retrospective_id
        view = service.retrospective(number)
    if as_json:
        print_json(_document(view))
    else:
        _print_view(view)


@retrospectives.command(name="open")
@click.option("--team", help="Whose it is; else everybody's.")
@of_a_period
@as_option
@json_option
def open_retrospective(
    team: str | None, since: date | None, until: date | None, person: str | None, as_json: bool
) -> None:
    """Open a retrospective; it begins with what became of the actions of earlier ones."""
    with Session().service() as service:
        made = service.open_retrospective(
            person_acting(person), team=team, from_day=since, to_day=until
        )
        view = service.retrospective(made.retrospective_id)
    if as_json:
        print_json(_document(view))
    else:
        _print_view(view)


@retrospectives.command()
@click.argument("number", type=Number())
@text_option("What to talk about.", is_required=True)
@as_option
@json_option
def note(number: int, text: str, person: str | None, as_json: bool) -> None:
    """Put something on the agenda of retrospective NUMBER."""
    with Session().service() as service:
        made = service.note(number, person_acting(person), text=text)
    _tell(made, "on the agenda", as_json)


@retrospectives.command()
@click.argument("number", type=Number())
@improvement_option
@text_option("What was decided.", is_required=True)
@as_option
@json_option
def decide(
    number: int, improvement_id: int | None, text: str, person: str | None, as_json: bool
) -> None:
    """Write down what retrospective NUMBER decided."""
    with Session().service() as service:
        made = service.decide(
            number, person_acting(person), text=text, improvement_id=improvement_id
        )
    _tell(made, "decided", as_json)


@retrospectives.command()
@click.argument("number", type=Number())
@click.option("--owner", required=True, help="Who does it.")
@click.option("--due", "due_day", type=Day(), help="By when.")
@improvement_option
@text_option("What is to be done.", is_required=True)
@as_option
@json_option
def act(
    number: int,
    owner: str,
    due_day: date | None,
    improvement_id: int | None,
    text: str,
    person: str | None,
    as_json: bool,
) -> None:
    """Write down an action of retrospective NUMBER: who does what by when."""
    with Session().service() as service:
        made = service.give_action(
            number,
            person_acting(person),
            text=text,
            owner=owner,
            due_day=due_day,
            improvement_id=improvement_id,
        )
    _tell(made, f"for {made.owner}", as_json)


@retrospectives.command()
@click.argument("action", type=Number())
@text_option("How it went.", is_required=False)
@as_option
@json_option
def done(action: int, text: str | None, person: str | None, as_json: bool) -> None:
    """Say that action ACTION is done."""
    with Session().service() as service:
        made = service.settle_action(action, person_acting(person), is_done=True, text=text)
    _tell(made, "done", as_json)


@retrospectives.command()
@click.argument("action", type=Number())
@text_option("Why.", is_required=True)
@as_option
@json_option
def drop(action: int, text: str, person: str | None, as_json: bool) -> None:
    """Let go of action ACTION."""
    with Session().service() as service:
        made = service.settle_action(action, person_acting(person), is_done=False, text=text)
    _tell(made, "dropped", as_json)


@retrospectives.command()
@click.argument("number", type=Number())
@as_option
@json_option
def close(number: int, person: str | None, as_json: bool) -> None:
    """Close retrospective NUMBER; its open actions go on."""
    with Session().service() as service:
        made = service.close_retrospective(number, person_acting(person))
    if as_json:
        print_json(_record(made))
    else:
        print_text(f"Retrospective {made.retrospective_id} is closed.")


def _record(one: Retrospective) -> dict[str, Any]:
    return {
        "retrospective_id": one.retrospective_id,
        "team": one.team,
        "from_day": one.from_day,
        "to_day": one.to_day,
        "opened_at": one.opened_at,
        "opened_by": one.opened_by,
        "closed_at": one.closed_at,
        "closed_by": one.closed_by,
    }


def _document(view: RetrospectiveView) -> dict[str, Any]:
    return {
        **_record(view.retrospective),
        "begins_with": [records.item(one) for one in view.begins_with],
        "items": [records.item(one) for one in view.items],
    }


def _tell(made: Item, what: str, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "item_id": made.item_id,
                "retrospective_id": made.retrospective_id,
                "kind": made.kind,
                "state": made.state,
                "owner": made.owner,
                "due_day": made.due_day,
                "improvement_id": made.improvement_id,
            }
        )
    else:
        print_text(f"{str(made.kind).capitalize()} {made.item_id}: {what}.")


def _print_view(view: RetrospectiveView) -> None:
    one = view.retrospective
    whose = f" of {one.team}" if one.team else ""
    stands = f"closed on {one.closed_at:%Y-%m-%d}" if one.closed_at else "open"
    print_text(f"Retrospective {one.retrospective_id}{whose}, {stands}")
    if one.from_day or one.to_day:
        print_text(f"looks at {one.from_day or 'the beginning'} to {one.to_day or 'now'}")
    _print_items("What became of the actions before", view.begins_with)
    for kind, heading in _HEADINGS.items():
        found = [item for item in view.items if item.said.item.kind is kind]
        _print_items(heading, found)


def _print_items(heading: str, items: Sequence[Became]) -> None:
    if not items:
        return
    print_text(f"\n{heading}")
    for one in items:
        print_text(f"  {clean(_in_words(one), None)}")
        view = one.improvement
        if view is not None:
            found = view.improvement
            says = view.verdict.says if view.verdict else "no verdict yet"
            told = f"improvement {found.improvement_id} ({found.stage}): {says}"
            print_text(f"    {clean(told, None)}")


def _in_words(one: Became) -> str:
    """Return an item on one line: `7 ask the carrier earlier (mo.bauer, due 2026-03-09): done`."""
    item = one.said.item
    who = f" ({item.owner}, due {item.due_day})" if item.due_day else f" ({item.owner})"
    words = f"{item.item_id} {one.said.text}{who if item.owner else ''}"
    if item.kind is not ItemKind.ACTION:
        return words
    late = ", overdue" if one.is_overdue else ""
    why = f": {one.said.settled_text}" if one.said.settled_text else ""
    state = "still open" if item.state is ItemState.OPEN else item.state
    return f"{words} - {state}{late}{why}"
