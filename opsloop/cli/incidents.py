"""`opsloop incidents list|show`, and the group with the actions on them."""

from __future__ import annotations

from typing import Any

import click

from opsloop.cli.lazy import LazyGroup
from opsloop.cli.session import Number, Session, json_option, utc_now
from opsloop.types import OPEN_STATES, QueueFilter, Severity, State

STATUSES = {
    **{state.value: (state,) for state in State},
    "open": OPEN_STATES,
    "done": tuple(state for state in State if not state.is_open),
    "all": None,
}
TABLE_LIMIT = 50
EVERYTHING = 2**31 - 1

ACTIONS = {
    "take": ("opsloop.cli.actions:take", "Make an incident yours and start on it."),
    "assign": ("opsloop.cli.actions:assign", "Hand an incident to a team or a person."),
    "comment": ("opsloop.cli.actions:comment", "Add a comment."),
    "escalate": ("opsloop.cli.actions:escalate", "Ask somebody for help or a decision."),
    "answer": ("opsloop.cli.actions:answer", "Record the answer to an escalation."),
    "resolve": ("opsloop.cli.actions:resolve", "End an incident, with a code that says why."),
    "accept": ("opsloop.cli.life:accept", "End an incident as known and agreed, for a while."),
    "reopen": ("opsloop.cli.actions:reopen", "Open a resolved incident again."),
    "wait": ("opsloop.cli.life:wait", "Let an incident wait on somebody."),
    "follow-up": ("opsloop.cli.life:follow_up", "Note that whom it waits on was asked again."),
    "resume": ("opsloop.cli.life:resume", "Go on with what waited."),
    "snooze": ("opsloop.cli.life:snooze", "Let an incident sleep until later, or until it grows."),
    "wake": ("opsloop.cli.life:wake", "Wake an incident before its time."),
    "update": ("opsloop.cli.life:update", "Tell those affected how it stands."),
    "nudge": ("opsloop.cli.life:nudge", "Ask once more about an escalation."),
    "prioritize": ("opsloop.cli.life:prioritize", "Give an incident a priority of your own."),
    "classify": ("opsloop.cli.life:classify", "Say what kind of work an incident is."),
    "work": ("opsloop.cli.life:work", "Log minutes, or start and stop your timer."),
    "link": ("opsloop.cli.life:link", "Link two incidents."),
    "unlink": ("opsloop.cli.life:unlink", "Take a link away."),
    "close": ("opsloop.cli.life:close", "Put a resolved incident away."),
    "merge": ("opsloop.cli.life:merge", "Merge an incident into another."),
    "split": ("opsloop.cli.splitting:split", "Open an incident up, whole or in part."),
    "report": ("opsloop.cli.life:report", "Enter an incident that no monitor found."),
    "undo": ("opsloop.cli.life:undo", "Take back what was decided."),
}
READING = {
    "list": ("opsloop.cli.incidents:list_incidents", "List incidents: by default the open ones."),
    "watch": ("opsloop.cli.watch:watch", "Show the queue live."),
    "show": ("opsloop.cli.incidents:show", "Show an incident with its events and its log."),
    "refusals": ("opsloop.cli.refusals:refusals", "List what people were not let do."),
}


@click.group(cls=LazyGroup, lazy={**READING, **ACTIONS})
def incidents() -> None:
    """Look at incidents and work them."""


@click.command(name="list")
@click.option(
    "--status",
    type=click.Choice(list(STATUSES)),
    default="open",
    show_default=True,
    help="A state, or a group of states.",
)
@click.option("--team", help="Incidents of this team.")
@click.option("--assignee", metavar="PERSON", help="Incidents of this person.")
@click.option("--unassigned", is_flag=True, help="Incidents that nobody has taken.")
@click.option("--monitor", help="Incidents of this monitor.")
@click.option("--severity", type=click.Choice([word.value for word in Severity]))
@click.option("--priority", type=click.Choice(["P1", "P2", "P3", "P4"]))
@click.option("--entity", metavar="ID", help="Incidents of this entity.")
@click.option("--search", metavar="TEXT", help="In titles, entities and numbers.")
@click.option(
    "--order",
    type=click.Choice(["priority", "due", "newest", "oldest", "impact", "updated"]),
    default="priority",
    show_default=True,
)
@click.option(
    "--limit",
    type=click.IntRange(min=0, max=EVERYTHING),
    help=f"At most so many; else {TABLE_LIMIT} in a table, all as JSON.",
)
@click.option(
    "--offset",
    type=click.IntRange(min=0, max=EVERYTHING),
    default=0,
    help="Pass over so many first.",
)
@click.option("--after", metavar="MARK", help="Begin behind an incident: its `mark` in --json.")
@click.option("--follow-up-due", is_flag=True, help="Waiting, and to be asked again by now.")
@json_option
def list_incidents(
    status: str,
    team: str | None,
    assignee: str | None,
    unassigned: bool,
    monitor: str | None,
    limit: int | None,
    follow_up_due: bool,
    as_json: bool,
    **filters: Any,
) -> None:
    """List incidents, the most urgent first."""
    if assignee and unassigned:
        raise click.UsageError("--assignee and --unassigned exclude each other.")
    session = Session()
    with session.store() as store:
        from opsloop.cli import incident_views as views
        from opsloop.cli.known import known_monitor, known_team

        default_limit = EVERYTHING if as_json else TABLE_LIMIT
        wanted = QueueFilter(
            states=STATUSES[status],
            team=known_team(session, store, team),
            assignee="" if unassigned else assignee,
            monitor_id=known_monitor(session, store, monitor),
            severity=Severity(filters["severity"]) if filters["severity"] else None,
            priority=filters["priority"],
            entity_id=filters["entity"],
            search=filters["search"],
            follow_up_by=utc_now() if follow_up_due else None,
            order=filters["order"],
            limit=default_limit if limit is None else limit,
            offset=filters["offset"],
            after=filters["after"],
        )
        items = store.queue(wanted)
        if as_json:
            views.print_queue_as_json(items, wanted.order, utc_now())
        else:
            views.print_queue(items, store.count(wanted), wanted, utc_now())


@click.command()
@click.argument("number", type=Number())
@click.option(
    "--events",
    "events_limit",
    type=click.IntRange(min=0),
    help="At most so many events; else 20 in a table, all as JSON.",
)
@json_option
def show(number: int, events_limit: int | None, as_json: bool) -> None:
    """Show incident NUMBER: what fires, who did what when, and what is related."""
    default_limit = EVERYTHING if as_json else 20
    with Session().store() as store:
        from opsloop.cli import incident_views as views

        detail = store.detail(number, default_limit if events_limit is None else events_limit)
        terms = store.terms_of(detail.incident)
        show_detail = views.print_detail_as_json if as_json else views.print_detail
        show_detail(detail, terms, utc_now())
