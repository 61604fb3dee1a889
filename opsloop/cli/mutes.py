"""`opsloop mutes`: what opens no incidents for a while."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import click

from opsloop.cli.known import known_monitor
from opsloop.cli.moments import Moment
from opsloop.cli.output import Column, print_json, print_table, print_text, when
from opsloop.cli.session import Session, as_option, json_option, person_acting, utc_now

LONGEST_HOURS = 10 * 365 * 24


@click.group()
def mutes() -> None:
    """Keep a monitor or an entity from opening incidents for a while."""


@mutes.command(name="list")
@click.option("--all", "with_ended", is_flag=True, help="Those that have ended too.")
@json_option
def list_mutes(with_ended: bool, as_json: bool) -> None:
    """List the mutes in force, and how many events each holds back now."""
    now = utc_now()
    with Session().store() as store:
        found = store.mutes(None if with_ended else now)
    if as_json:
        print_json([_record(mute, held_back, now) for mute, held_back in found])
        return
    if not found:
        print_text("Nothing is muted.")
        return
    print_table(
        (
            Column("#", is_number=True),
            Column("monitor"),
            Column("entity"),
            Column("until (UTC)"),
            Column("by"),
            Column("holds back", is_number=True),
            Column("reason", is_flexible=True),
        ),
        (
            (
                mute.mute_id,
                mute.monitor_id or "every",
                mute.entity_id or "every",
                when(mute.ends_at),
                mute.created_by,
                held_back,
                mute.reason,
            )
            for mute, held_back in found
        ),
    )


@mutes.command()
@click.option("--monitor", help="Mute this monitor.")
@click.option("--entity", metavar="ID", help="Mute this entity.")
@click.option(
    "--until",
    type=Moment(),
    help="The end.",
)
@click.option(
    "--hours",
    type=click.FloatRange(min=0, min_open=True, max=LONGEST_HOURS),
    help="The end, from now.",
)
@click.option("--reason", required=True, help="Why; shown wherever the mute is.")
@as_option
@json_option
def add(
    monitor: str | None,
    entity: str | None,
    until: datetime | None,
    hours: float | None,
    reason: str,
    person: str | None,
    as_json: bool,
) -> None:
    """Mute a monitor, an entity, or an entity of a monitor."""
    if (until is None) == (hours is None):
        raise click.UsageError("Give one of --until and --hours.")
    end_at = until if until else utc_now() + timedelta(hours=hours or 0)
    session = Session()
    with session.service() as service:
        mute_id = service.mute(
            person_acting(person),
            monitor_id=known_monitor(session, service.store, monitor),
            entity_id=entity,
            until=end_at,
            reason=reason,
        )
    if as_json:
        print_json({"mute_id": mute_id, "ends_at": end_at})
    else:
        print_text(f"Mute {mute_id} is in force until {when(end_at)} UTC.")


@mutes.command()
@click.argument("mute_id", type=click.IntRange(min=1, max=2**63 - 1))
@as_option
@json_option
def end(mute_id: int, person: str | None, as_json: bool) -> None:
    """End mute MUTE_ID now; what still fires opens incidents at the next sync."""
    with Session().service() as service:
        service.unmute(mute_id, person_acting(person))
    if as_json:
        print_json({"mute_id": mute_id, "ended": True})
    else:
        print_text(f"Mute {mute_id} has ended.")


def _record(mute: Any, held_back: int, now: datetime) -> dict[str, Any]:
    return {
        "mute_id": mute.mute_id,
        "monitor": mute.monitor_id,
        "entity_id": mute.entity_id,
        "starts_at": mute.starts_at,
        "ends_at": mute.ends_at,
        "in_force": mute.starts_at <= now < mute.ends_at,
        "reason": mute.reason,
        "created_by": mute.created_by,
        "ended_by": mute.ended_by,
        "held_back": held_back,
    }
