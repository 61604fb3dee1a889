"""What people do with incidents: take, assign, comment, escalate, answer, resolve, reopen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import click

from opsloop.cli.moments import Moment
from opsloop.cli.output import clean, print_json, print_text
from opsloop.cli.session import (
    Command,
    Number,
    Session,
    as_option,
    json_option,
    person_acting,
    text_option,
)
from opsloop.types import CLASSES

if TYPE_CHECKING:
    from opsloop.service import Service
    from opsloop.types import Incident

Act = Callable[["Service"], "Incident"]


def expect_option(command: Command) -> Command:
    """Add `--expect VERSION` to a command that decides."""
    return click.option(
        "--expect",
        type=click.IntRange(min=1),
        metavar="VERSION",
        help="The decision_version you saw: refused if somebody decided something since.",
    )(command)


def perform(act: Act, done: str, *, as_json: bool) -> None:
    """Do something to an incident and print what it is now.

    Args:
        act: the use case to call.
        done: what happened, in one word.
    """
    with Session().service() as service:
        incident = act(service)
        title = service.store.detail(incident.incident_id, events_limit=0).title
    if as_json:
        from opsloop.cli.incident_views import incident_record

        print_json(incident_record(incident, title))
        return
    owner = ", ".join(filter(None, (incident.team, incident.assignee or "nobody")))
    print_text(
        f"#{incident.incident_id} {done}: {clean(title)}\n"
        f"{incident.state}, {owner}, decision version {incident.decision_version}"
    )


@click.command()
@click.argument("number", type=Number())
@expect_option
@as_option
@json_option
def take(number: int, expect: int | None, person: str | None, as_json: bool) -> None:
    """Make incident NUMBER yours and start on it."""
    actor = person_acting(person)
    perform(lambda service: service.take(number, actor, expect=expect), "taken", as_json=as_json)


@click.command()
@click.argument("number", type=Number())
@click.option("--team", help="The team that owns it from now on.")
@click.option("--to", "--person", "to_person", metavar="PERSON", help="Who works on it.")
@expect_option
@as_option
@json_option
def assign(
    number: int,
    team: str | None,
    to_person: str | None,
    expect: int | None,
    person: str | None,
    as_json: bool,
) -> None:
    """Hand incident NUMBER to a team, or to a person and their team.

    With a team alone, nobody in it is named.
    """
    if team is None and to_person is None:
        raise click.UsageError("Name a --team, or a person with --to.")
    actor = person_acting(person)
    perform(
        lambda service: service.assign(number, actor, team=team, person=to_person, expect=expect),
        "assigned",
        as_json=as_json,
    )


@click.command()
@click.argument("number", type=Number())
@text_option("What to say.", is_required=True)
@as_option
@json_option
def comment(number: int, text: str, person: str | None, as_json: bool) -> None:
    """Add a comment to incident NUMBER."""
    actor = person_acting(person)
    perform(lambda service: service.comment(number, actor, text), "commented", as_json=as_json)


@click.command()
@click.argument("number", type=Number())
@text_option("What you need of them.", is_required=True)
@click.option("--to-team", metavar="TEAM", help="Ask a team.")
@click.option("--to-person", metavar="PERSON", help="Ask a person.")
@click.option("--to-outside", metavar="NAME", help="Ask somebody outside, a supplier say.")
@click.option("--type", "escalation_type", default="help", show_default=True, help="Ask for what.")
@click.option(
    "--class",
    "escalation_class",
    type=click.Choice(CLASSES),
    default="question",
    show_default=True,
    help="What kind of work it asks for.",
)
@expect_option
@as_option
@json_option
def escalate(
    number: int,
    text: str,
    to_team: str | None,
    to_person: str | None,
    to_outside: str | None,
    escalation_type: str,
    escalation_class: str,
    expect: int | None,
    person: str | None,
    as_json: bool,
) -> None:
    """Ask somebody about incident NUMBER; it stays yours."""
    asked = {"team": to_team, "person": to_person, "outside": to_outside}
    named = [(kind, name) for kind, name in asked.items() if name is not None]
    if len(named) != 1:
        raise click.UsageError("Name one of --to-team, --to-person and --to-outside.")
    [(to_kind, to_id)] = named
    actor = person_acting(person)
    perform(
        lambda service: service.escalate(
            number,
            actor,
            to_kind=to_kind,
            to_id=to_id,
            escalation_type=escalation_type,
            escalation_class=escalation_class,
            text=text,
            expect=expect,
        ),
        "escalated",
        as_json=as_json,
    )


@click.command()
@click.argument("number", type=Number())
@text_option("What they said.", is_required=True)
@click.option("--escalation", metavar="ID", help="Which one, if several are open.")
@as_option
@json_option
def answer(
    number: int, text: str, escalation: str | None, person: str | None, as_json: bool
) -> None:
    """Record the answer to an escalation of incident NUMBER."""
    actor = person_acting(person)
    perform(
        lambda service: service.answer(number, actor, escalation_id=escalation, text=text),
        "answered",
        as_json=as_json,
    )


@click.command()
@click.argument("number", type=Number())
@text_option("What was done.", is_required=False)
@click.option(
    "--code",
    required=True,
    help="Why it ends: fixed, false_alarm, duplicate, accepted, or one of your own.",
)
@click.option("--root-cause", metavar="TEXT", help="What brought it about.")
@click.option(
    "--accepted-until",
    type=Moment(),
    help="With the code accepted: until when.",
)
@click.option(
    "--events-seen",
    type=click.IntRange(min=0),
    metavar="COUNT",
    help="How many events you saw: refused if there are more by now.",
)
@expect_option
@as_option
@json_option
def resolve(
    number: int,
    text: str | None,
    code: str,
    root_cause: str | None,
    accepted_until: datetime | None,
    events_seen: int | None,
    expect: int | None,
    person: str | None,
    as_json: bool,
) -> None:
    """End incident NUMBER."""
    actor = person_acting(person)
    perform(
        lambda service: service.resolve(
            number,
            actor,
            code=code,
            root_cause=root_cause,
            accepted_until=accepted_until,
            text=text,
            expect=expect,
            events_seen=events_seen,
        ),
        "resolved",
        as_json=as_json,
    )


@click.command()
@click.argument("number", type=Number())
@text_option("Why it has to be worked on again.", is_required=True)
@expect_option
@as_option
@json_option
def reopen(number: int, text: str, expect: int | None, person: str | None, as_json: bool) -> None:
    """Open incident NUMBER again."""
    actor = person_acting(person)
    perform(
        lambda service: service.reopen(number, actor, text=text, expect=expect),
        "reopened",
        as_json=as_json,
    )
