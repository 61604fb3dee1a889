"""`opsloop mutes`: what opens no incidents for a while."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from opsloop.cli.known import known_monitor
from opsloop.cli.moments import Moment
from opsloop.cli.output import Column, print_json, print_table, print_text, when
from opsloop.cli.session import Session, as_option, json_option, person_acting, utc_now
from opsloop.conditions import conditions_of, in_words
from opsloop.errors import Refused
from opsloop.routing.values import Scalar

if TYPE_CHECKING:
    from opsloop.service.muting import MuteView

LONGEST_HOURS = 10 * 365 * 24


def _values(
    context: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, Scalar | None]:
    """Return the values by column of `carrier=UA` and the like."""
    try:
        return conditions_of(given)
    except Refused as error:
        raise click.BadParameter(error.message) from error


@click.group()
def mutes() -> None:
    """Keep monitors, entities or evidence values from opening incidents for a while."""


@mutes.command(name="list")
@click.option("--all", "with_ended", is_flag=True, help="Those that have ended too.")
@json_option
def list_mutes(with_ended: bool, as_json: bool) -> None:
    """List the mutes in force, and how many events each holds back now and held back in all."""
    from opsloop.service.muting import mutes_of

    now = utc_now()
    with Session().store() as store:
        found = mutes_of(store, now, with_ended=with_ended)
    if as_json:
        print_json([_record(one, now) for one in found])
        return
    if not found:
        print_text("Nothing is muted.")
        return
    print_table(
        (
            Column("#", is_number=True),
            Column("monitor"),
            Column("entity"),
            Column("where"),
            Column("until (UTC)"),
            Column("by"),
            Column("holds back", is_number=True),
            Column("in all", is_number=True),
            Column("reason", is_flexible=True),
        ),
        (
            (
                one.mute.mute_id,
                one.mute.monitor_id or "every",
                one.mute.entity_id or "every",
                in_words(one.mute.evidence),
                when(one.mute.ends_at),
                one.mute.created_by,
                one.held_back,
                one.held_back_in_all,
                one.mute.reason,
            )
            for one in found
        ),
    )


@mutes.command()
@click.option("--monitor", help="Mute this monitor.")
@click.option("--entity", metavar="ID", help="Mute this entity, or all that match `JFK-*`.")
@click.option(
    "--where",
    "evidence",
    metavar="COLUMN=VALUE",
    multiple=True,
    callback=_values,
    help="Mute what has this in its evidence; several times: all of it. '200' in quotes is a text.",
)
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
    evidence: dict[str, Scalar | None],
    until: datetime | None,
    hours: float | None,
    reason: str,
    person: str | None,
    as_json: bool,
) -> None:
    """Mute a monitor, an entity or an evidence value; of several, what has all of them."""
    if (until is None) == (hours is None):
        raise click.UsageError("Give one of --until and --hours.")
    end_at = until if until else utc_now() + timedelta(hours=hours or 0)
    session = Session()
    with session.service() as service:
        mute_id = service.mute(
            person_acting(person),
            monitor_id=known_monitor(session, service.store, monitor),
            entity_id=entity,
            evidence=evidence,
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


def _record(one: MuteView, now: datetime) -> dict[str, Any]:
    mute = one.mute
    return {
        "mute_id": mute.mute_id,
        "monitor": mute.monitor_id,
        "entity_id": mute.entity_id,
        "evidence": dict(mute.evidence),
        "starts_at": mute.starts_at,
        "ends_at": mute.ends_at,
        "in_force": mute.starts_at <= now < mute.ends_at,
        "reason": mute.reason,
        "created_by": mute.created_by,
        "ended_by": mute.ended_by,
        "held_back": one.held_back,
        "held_back_in_all": one.held_back_in_all,
    }
