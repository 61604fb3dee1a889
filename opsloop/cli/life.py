"""The rest of what people do with incidents: pause, tell, classify, work, link, put away, undo."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps

import click

from opsloop.cli.actions import Act, expect_option, perform
from opsloop.cli.moments import BusinessTime, Moment
from opsloop.cli.output import print_json, print_text
from opsloop.cli.session import (
    Command,
    Number,
    Session,
    as_option,
    json_option,
    person_acting,
    text_option,
)
from opsloop.lifecycle import CLASSES, LINK_KINDS, WAITING_KINDS
from opsloop.types import PRIORITIES, Actor, ResolutionCode, Severity


def incident_command(done: str) -> Callable[[Callable[..., Act]], Command]:
    """Make a command of a function from (number, actor, …) to the use case it calls.

    Args:
        done: what happened, in one word.
    """

    def make(function: Callable[..., Act]) -> Command:
        @click.command()
        @click.argument("number", type=Number())
        @as_option
        @json_option
        @wraps(function)
        def command(number: int, person: str | None, as_json: bool, **given: object) -> None:
            act = function(number=number, actor=person_acting(person), **given)
            perform(act, done, as_json=as_json)

        return command

    return make


@incident_command("waiting")
@click.option("--on", required=True, metavar="NAME", help="Who it waits on.")
@click.option("--kind", type=click.Choice(WAITING_KINDS), default="other", show_default=True)
@click.option("--for", "reason", required=True, metavar="TEXT", help="What it waits for.")
@click.option(
    "--follow-up", "follow_up_at", type=Moment(), help="Until when: then they are asked again."
)
@click.option(
    "--every",
    "every_s",
    type=BusinessTime(),
    help="From one follow-up to the next; else as the service level says.",
)
@expect_option
def wait(
    number: int,
    actor: Actor,
    on: str,
    kind: str,
    reason: str,
    follow_up_at: datetime | None,
    every_s: int | None,
    expect: int | None,
) -> Act:
    """Let incident NUMBER wait on somebody."""
    return lambda service: service.wait(
        number,
        actor,
        kind=kind,
        on=on,
        reason=reason,
        follow_up_at=follow_up_at,
        every_s=every_s,
        expect=expect,
    )


@incident_command("followed up")
@text_option("What was asked.", is_required=False)
@click.option(
    "--next", "next_at", type=Moment(), help="When to ask again; else as long after as usual."
)
@expect_option
def follow_up(
    number: int, actor: Actor, text: str | None, next_at: datetime | None, expect: int | None
) -> Act:
    """Note that whom incident NUMBER waits on was asked again."""
    return lambda service: service.follow_up(
        number, actor, text=text, next_at=next_at, expect=expect
    )


@incident_command("accepted")
@text_option("Why it may stay as it is.", is_required=True)
@click.option("--until", type=Moment(), required=True, help="When it counts as new again.")
@expect_option
def accept(number: int, actor: Actor, text: str, until: datetime, expect: int | None) -> Act:
    """End incident NUMBER as known and agreed, until a moment or until it gets worse."""
    return lambda service: service.resolve(
        number,
        actor,
        code=ResolutionCode.ACCEPTED,
        accepted_until=until,
        text=text,
        expect=expect,
    )


@incident_command("resumed")
@text_option("What came of it.", is_required=False)
@expect_option
def resume(number: int, actor: Actor, text: str | None, expect: int | None) -> Act:
    """Go on with incident NUMBER, which waited."""
    return lambda service: service.resume(number, actor, text=text, expect=expect)


@incident_command("snoozed")
@text_option("Why.", is_required=False)
@click.option("--until", type=Moment(), help="The end.")
@click.option("--events", "more_events", type=int, help="Until so many more events joined.")
@click.option("--worse-by", type=float, metavar="SHARE", help="Until worse by this; 0.5 = half.")
@expect_option
def snooze(
    number: int,
    actor: Actor,
    text: str | None,
    until: datetime | None,
    more_events: int | None,
    worse_by: float | None,
    expect: int | None,
) -> Act:
    """Let incident NUMBER sleep: until a moment, more events, or until it worsens."""
    return lambda service: service.snooze(
        number,
        actor,
        until=until,
        more_events=more_events,
        worse_by=worse_by,
        reason=text or "",
        expect=expect,
    )


@incident_command("woken")
@expect_option
def wake(number: int, actor: Actor, expect: int | None) -> Act:
    """Wake incident NUMBER before its time."""
    return lambda service: service.wake(number, actor, expect=expect)


@incident_command("updated")
@text_option("What to tell.", is_required=True)
def update(number: int, actor: Actor, text: str) -> Act:
    """Tell those affected by incident NUMBER how it stands."""
    return lambda service: service.update(number, actor, text)


@incident_command("nudged")
@text_option("What to say.", is_required=False)
@click.option("--escalation", metavar="ID", help="Which one, if several are open.")
def nudge(number: int, actor: Actor, text: str | None, escalation: str | None) -> Act:
    """Ask once more about an escalation of incident NUMBER."""
    return lambda service: service.nudge(number, actor, text=text or "", escalation_id=escalation)


@incident_command("prioritized")
@click.argument("priority", type=click.Choice(PRIORITIES))
@text_option("Why.", is_required=True)
@expect_option
def prioritize(number: int, actor: Actor, priority: str, text: str, expect: int | None) -> Act:
    """Give incident NUMBER another PRIORITY than its rule does."""
    return lambda service: service.prioritize(
        number, actor, priority=priority, text=text, expect=expect
    )


@incident_command("classified")
@click.option("--class", "class_", type=click.Choice(CLASSES), help="What kind of work it is.")
@click.option("--type", "type_", help="What it is about, in your own words.")
@expect_option
def classify(
    number: int, actor: Actor, class_: str | None, type_: str | None, expect: int | None
) -> Act:
    """Say what kind of work incident NUMBER is."""
    if class_ is None and type_ is None:
        raise click.UsageError("Give a --class, a --type, or both.")
    return lambda service: service.classify(
        number, actor, class_=class_, type_=type_, expect=expect
    )


@incident_command("worked on")
@click.option("--minutes", type=float, help="So many minutes.")
@click.option("--start", is_flag=True, help="Start your timer.")
@click.option("--stop", is_flag=True, help="Stop your timer and log its minutes.")
@click.option("--correct", "log_id", metavar="LOG_ID", help="Correct this row to --minutes.")
@click.option("--by", "worker", metavar="PERSON", help="With --minutes: who worked, if not you.")
@text_option("What was done, or why it is corrected.", is_required=False)
def work(
    number: int,
    actor: Actor,
    minutes: float | None,
    start: bool,
    stop: bool,
    log_id: str | None,
    worker: str | None,
    text: str | None,
) -> Act:
    """Log work on incident NUMBER: minutes, or a timer."""
    if [start, stop, minutes is not None].count(True) != 1:
        raise click.UsageError("Give one of --minutes, --start and --stop.")
    if minutes is None:
        if log_id or worker:
            raise click.UsageError("--correct and --by go with --minutes.")
        if start:
            return lambda service: service.start_timer(number, actor)
        return lambda service: service.stop_timer(number, actor, text=text)
    if log_id:
        return lambda service: service.correct_work(
            number, actor, log_id=log_id, minutes=minutes, text=text or ""
        )
    return lambda service: service.log_work(
        number, actor, minutes=minutes, person=worker, text=text
    )


@incident_command("linked")
@click.argument("other", type=Number())
@click.option("--kind", type=click.Choice(LINK_KINDS), default="related", show_default=True)
def link(number: int, actor: Actor, other: int, kind: str) -> Act:
    """Link incident NUMBER with incident OTHER."""
    return lambda service: service.link(number, actor, other=other, kind=kind)


@incident_command("unlinked")
@click.argument("other", type=Number())
@click.option("--kind", type=click.Choice(LINK_KINDS), default="related", show_default=True)
def unlink(number: int, actor: Actor, other: int, kind: str) -> Act:
    """Take the link from incident NUMBER to incident OTHER away."""
    return lambda service: service.unlink(number, actor, other=other, kind=kind)


@incident_command("closed")
@expect_option
def close(number: int, actor: Actor, expect: int | None) -> Act:
    """Put incident NUMBER, which is resolved, away."""
    return lambda service: service.close(number, actor, expect=expect)


@click.command()
@click.argument("title")
@click.option("--team", help="Who should have it, unless a rule says otherwise; else your team.")
@click.option(
    "--severity",
    type=click.Choice([word.value for word in Severity]),
    default="medium",
    show_default=True,
)
@click.option("--class", "class_", type=click.Choice(CLASSES), default="exception")
@click.option("--type", "type_", help="What it is about, in your own words.")
@click.option("--entity", metavar="ID", help="What it is about: an order, a machine.")
@click.option("--found-by", metavar="NAME", help="Who noticed it, if not you.")
@click.option("--text", "-m", metavar="TEXT", help="What is known.")
@as_option
@json_option
def report(
    title: str,
    team: str | None,
    severity: str,
    class_: str,
    type_: str | None,
    entity: str | None,
    found_by: str | None,
    text: str | None,
    person: str | None,
    as_json: bool,
) -> None:
    """Enter an incident that somebody noticed and no monitor found."""
    actor = person_acting(person)
    perform(
        lambda service: service.report(
            actor,
            title,
            team=team,
            severity=Severity(severity),
            class_=class_,
            type_=type_,
            entity_id=entity,
            found_by=found_by,
            text=text,
        ),
        "reported",
        as_json=as_json,
    )


@incident_command("merged")
@click.argument("into", type=Number())
@text_option("Why they are one.", is_required=False)
@click.option(
    "--events-seen",
    type=click.IntRange(min=0),
    metavar="COUNT",
    help="How many events you saw: refused if there are more by now.",
)
@expect_option
def merge(
    number: int,
    actor: Actor,
    into: int,
    text: str | None,
    events_seen: int | None,
    expect: int | None,
) -> Act:
    """End incident NUMBER because incident INTO holds its work; events and keys go there."""
    return lambda service: service.merge(
        number, actor, into=into, text=text, expect=expect, events_seen=events_seen
    )


@click.command()
@click.argument("batch")
@as_option
@json_option
def undo(batch: str, person: str | None, as_json: bool) -> None:
    """Take back what BATCH decided, of every incident that it touched.

    `opsloop incidents show` names the batch of each row of the log.
    """
    from opsloop.cli.incident_views import incident_record

    with Session().service() as service:
        undone = service.undo(person_acting(person), batch)
        titles = [service.store.detail(one.incident_id, events_limit=0).title for one in undone]
    if as_json:
        pairs = zip(undone, titles, strict=True)
        print_json([incident_record(incident, title) for incident, title in pairs])
        return
    for incident in undone:
        print_text(f"#{incident.incident_id} undone: {incident.state} again")
