"""`opsloop people list|me|roles|away|back|cancel`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from opsloop.cli.moments import Moment
from opsloop.cli.output import Column, print_json, print_table, print_text, when
from opsloop.cli.session import Session, as_option, json_option, person_acting, utc_now
from opsloop.roles import Role
from opsloop.words import hours_of

if TYPE_CHECKING:
    from opsloop.config import Config
    from opsloop.service.person_figures import Burden
    from opsloop.store.rosters import Absence, Load


@click.group()
def people() -> None:
    """See what people have in hand and may do, and note who is away."""


@people.command(name="list")
@click.option("--team", help="The members of this team.")
@json_option
def list_people(team: str | None, as_json: bool) -> None:
    """List people with their open incidents, and until when they are away.

    What they worked, against the hours that they had, only where opsloop.yml has `person_figures:`.
    """
    from opsloop.cli.known import known_team
    from opsloop.service.person_figures import burdens

    session = Session()
    now = utc_now()
    with session.store() as store:
        wanted = known_team(session, store, team)
        loads = store.loads(sorted(session.config.people), now)
        absences = store.absences(now)
        worked = burdens(store, session.config, list(loads), now)
    records = list(_records(session.config, wanted, loads, worked, absences, now))
    if as_json:
        print_json(records)
        return
    kept = session.config.person_figures
    work = (Column(f"work, {kept.days} days", is_number=True),) if kept else ()
    print_table(
        (
            Column("person"),
            Column("team"),
            Column("open", is_number=True),
            *work,
            Column("away until (UTC)"),
            Column("away next (UTC)"),
        ),
        (
            (
                one["person"],
                one["team"],
                one["open_items"],
                *((hours_of(one["minutes"], one["capacity_minutes"]),) if kept else ()),
                when(one["away_until"]),
                "; ".join(_planned_in_words(plan) for plan in one["planned"]),
            )
            for one in records
        ),
    )


@people.command()
@json_option
def me(as_json: bool) -> None:
    """Print your own weeks, for nobody but you: what you worked and resolved.

    Only where opsloop.yml has `person_figures:`; you are OPSLOOP_USER, else your login name.
    """
    from opsloop.service.person_figures import own_weeks

    session = Session()
    who = person_acting(None).id
    with session.store() as store:
        weeks = own_weeks(store, session.config, who, utc_now())
    if as_json:
        print_json({"person": who, "weeks": [asdict(week) for week in weeks]})
        return
    print_table(
        (
            Column("week from"),
            *(Column(name, is_number=True) for name in ("work", "incidents", "resolved")),
        ),
        (
            (
                week.week_start,
                hours_of(week.minutes, week.capacity_minutes),
                week.incidents,
                week.resolved,
            )
            for week in weeks
        ),
    )


@people.command()
@json_option
def roles(as_json: bool) -> None:
    """List what each role may do, and who the admins are."""
    chart = Session().config.chart
    needs = {} if chart.needs is None else {str(deed): role for deed, role in chart.needs.items()}
    if as_json:
        record = {"are_in_force": chart.needs is not None, "needs": needs}
        print_json({**record, "admins": sorted(chart.admins)})
    elif not needs:
        print_text("There are no `roles:` in opsloop.yml: whoever is known may do everything.")
    else:
        rows = ((deed.replace("_", " "), role) for deed, role in needs.items())
        print_table((Column("to"), Column("it takes")), rows)
        print_text(f"\nEach may do what those before may: {', '.join(Role)}.")
        print_text(f"Admins: {', '.join(sorted(chart.admins)) or 'nobody'}.")


@people.command()
@click.argument("name")
@click.option("--until", type=Moment(), required=True, help="When they are back.")
@click.option("--from", "starts_at", type=Moment(), help="From when on; else from now.")
@click.option("--reason", metavar="TEXT", help="Why, if others should know.")
@as_option
@json_option
def away(
    name: str,
    until: datetime,
    starts_at: datetime | None,
    reason: str | None,
    person: str | None,
    as_json: bool,
) -> None:
    """Note that person NAME is away: rules give them nothing."""
    with Session().service() as service:
        absence_id = service.go_away(
            person_acting(person), name, until=until, starts_at=starts_at, reason=reason
        )
    if as_json:
        print_json({"absence_id": absence_id, "person": name, "ends_at": until})
    else:
        print_text(f"{name} is away until {when(until)} UTC.")


@people.command()
@click.argument("name")
@as_option
@json_option
def back(name: str, person: str | None, as_json: bool) -> None:
    """Note that person NAME is back before their time."""
    with Session().service() as service:
        service.come_back(person_acting(person), name)
    if as_json:
        print_json({"person": name, "is_away": False})
    else:
        print_text(f"{name} is back.")


@people.command()
@click.argument("absence_id", type=click.IntRange(min=1, max=2**63 - 1))
@as_option
@json_option
def cancel(absence_id: int, person: str | None, as_json: bool) -> None:
    """Call off absence ABSENCE_ID, which has not begun; `people list` names it."""
    with Session().service() as service:
        whose = service.cancel_absence(person_acting(person), absence_id)
    if as_json:
        print_json({"absence_id": absence_id, "person": whose, "cancelled": True})
    else:
        print_text(f"Absence {absence_id} of {whose} is called off.")


def _planned_in_words(one: dict[str, Any]) -> str:
    return f"#{one['absence_id']}: {when(one['starts_at'])} to {when(one['ends_at'])}"


def _records(
    config: Config,
    team: str | None,
    loads: dict[str, Load],
    worked: dict[str, Burden],
    absences: list[Absence],
    now: datetime,
) -> Iterator[dict[str, Any]]:
    ends = {one.person: one.ends_at for one in absences if one.starts_at <= now}
    for name, load in loads.items():
        if team in (None, config.team_of(name)):
            yield {
                "person": name,
                "team": config.team_of(name),
                "open_items": load.open_items,
                **asdict(worked[name]),
                "last_assigned_at": load.last_assigned_at,
                "away_until": ends.get(name),
                "planned": [
                    {
                        "absence_id": one.absence_id,
                        "starts_at": one.starts_at,
                        "ends_at": one.ends_at,
                        "reason": one.reason,
                    }
                    for one in absences
                    if one.person == name and one.starts_at > now
                ],
            }
