"""`opsloop suppressed list`: what fires and opens nothing now, by what, and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from opsloop.cli.entities import hold_record
from opsloop.cli.known import known_monitor
from opsloop.cli.output import Column, print_json, print_table, print_text, when
from opsloop.cli.session import Session, json_option, utc_now

if TYPE_CHECKING:
    from opsloop.store.suppressed import Suppressed

TABLE_LIMIT = 100


@click.group()
def suppressed() -> None:
    """See what is held back by mutes, maintenance, inhibitions and acceptances."""


@suppressed.command(name="list")
@click.option("--monitor", help="Of this monitor.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    help=f"At most so many; else {TABLE_LIMIT} in a table, all as JSON.",
)
@json_option
def list_suppressed(monitor: str | None, limit: int | None, as_json: bool) -> None:
    """List the events that fire and are held back now, those that fire longest first."""
    from opsloop.service.muting import suppressed_events

    session = Session()
    with session.store() as store:
        found = suppressed_events(
            store,
            utc_now(),
            known_monitor(session, store, monitor),
            limit=limit or (None if as_json else TABLE_LIMIT),
        )
    if as_json:
        print_json([_record(one) for one in found.events])
        return
    if not found.events:
        print_text("Nothing is held back.")
        return
    print_table(
        (
            Column("monitor"),
            Column("entity", is_flexible=True),
            Column("fires since (UTC)"),
            Column("severity"),
            Column("held back by"),
            Column("until (UTC)"),
        ),
        map(_line, found.events),
    )
    if len(found.events) < found.total:
        print_text(f"\n{len(found.events)} of {found.total}; --limit shows more.")


def _record(one: Suppressed) -> dict[str, Any]:
    event = one.event
    return {
        "event_id": event.event_id,
        "monitor": event.monitor_id,
        "entity_id": event.entity_id,
        "started_at": event.started_at,
        "severity": event.severity,
        "impact": event.impact,
        "disposition": event.disposition,
        "held_by": [hold_record(hold) for hold in one.holds],
        "until": one.until,
    }


def _line(one: Suppressed) -> tuple[object, ...]:
    event = one.event
    by = ", ".join(_in_words(hold.disposition, hold.by) for hold in one.holds)
    return (
        event.monitor_id,
        event.entity_id,
        when(event.started_at),
        event.severity,
        by or "nothing any more: opens after its next run",
        when(one.until) or ("while that is open" if one.holds else None),
    )


def _in_words(disposition: str, by: str) -> str:
    kinds = {
        "muted": f"mute {by}",
        "maintenance": f"maintenance {by}",
        "inhibited": f"incident #{by}",
        "accepted": f"accepted in #{by}",
    }
    return kinds.get(disposition, by)
