"""`opsloop retro load` and `opsloop retro escalations`: what teams have in hand, who asks whom."""

from __future__ import annotations

from datetime import date

import click

from opsloop.cli.output import Column, print_json, print_table, print_text, span
from opsloop.cli.retro_part import chosen, of_a_part, of_a_period, period_of, published
from opsloop.cli.session import json_option
from opsloop.service.figures import asking
from opsloop.service.figures import load as figures
from opsloop.service.figures.parts import Row


@click.command()
@click.option("--team", help="This team alone.")
@of_a_period
@json_option
def load(team: str | None, since: date | None, until: date | None, as_json: bool) -> None:
    """Print each team's load in items and in minutes against its capacity. Nobody is named.

    Capacity is the team's people times the open hours of its calendar, at most 40 h a week each.
    "used" is recorded minutes of it; "recorded" says of how many ended incidents minutes are
    known. "outside" counts acts, and incidents opened, outside the team's hours; empty where it
    has none of its own.
    """
    copy = published()
    if team is not None:
        chosen(copy, team=team)
    period = period_of(since, until)
    teams = figures.by_team(copy, team, period)
    if as_json:
        print_json(
            {
                "data_through": copy.published.data_through,
                "from": period.since,
                "to": period.until,
                "teams": teams,
                "weeks": figures.weekly(copy, team, period),
            }
        )
        return
    if not teams:
        print_text("No team had anything in hand then.")
        return
    print_table(_TEAMS, (_team(row) for row in teams))


_TEAMS = (
    Column("team", is_flexible=True),
    *(Column(name, is_number=True) for name in ("people", "arrivals", "completions", "open")),
    *(Column(name, is_number=True) for name in ("minutes", "capacity", "used", "recorded")),
    *(Column(name, is_number=True) for name in ("acts outside", "opened outside")),
)


def _team(row: Row) -> tuple[object, ...]:
    used = row["used_share"]
    return (
        row["team"],
        row["people"],
        row["arrivals"],
        row["completions"],
        row["open_at_end"],
        _whole(row["minutes"]),
        _whole(row["capacity_minutes"]),
        None if used is None else f"{used:.0%}",
        f"{row['recorded_incidents']} of {row['ended_incidents']}",
        _of(row["acts_outside"], row["acts"]),
        _of(row["opened_outside"], row["opened"]),
    )


def _whole(minutes: float | None) -> str | None:
    return None if minutes is None else f"{minutes:,.0f}"


def _of(part: int | None, whole: int | None) -> str | None:
    return None if part is None else f"{part} of {whole}"


@click.command()
@of_a_part
@of_a_period
@json_option
def escalations(since: date | None, until: date | None, as_json: bool, **named: str | None) -> None:
    """Print who is asked, for what, and how long the answers take.

    With --from and --to: of what was asked then. With --team: what that team asks others.
    "answer" is the median, unanswered ones counted (Kaplan-Meier); "after nudge" is from the last
    reminder to the answer.
    """
    copy = published()
    part = chosen(copy, **named)
    period = period_of(since, until)
    routes = asking.routes(copy, part, period)
    if as_json:
        print_json(
            {
                "data_through": copy.published.data_through,
                "dimension": part.dimension,
                "dimension_value": part.value,
                "from": period.since,
                "to": period.until,
                "routes": routes,
                "causes": asking.causes(copy, period),
                "received": asking.received(copy, period),
            }
        )
        return
    if not routes:
        print_text("Nobody was asked.")
        return
    print_table(_ROUTES, (_route(row) for row in routes))


_ROUTES = (
    Column("asked", is_flexible=True),
    Column("for"),
    *(Column(name, is_number=True) for name in ("times", "answered", "answer", "85 %")),
    *(Column(name, is_number=True) for name in ("nudged", "after nudge")),
)


def _route(row: Row) -> tuple[object, ...]:
    longest = f"> {span(row['longest_seconds'])}"
    return (
        row["receiver"],
        row["escalation_type"],
        row["escalations"],
        row["answered"],
        span(row["answer_median_seconds"]) or longest,
        span(row["answer_p85_seconds"]) or longest,
        row["nudged"],
        _after_nudge(row),
    )


def _after_nudge(row: Row) -> str | None:
    longest = row["after_nudge_longest_seconds"]
    return span(row["after_nudge_median_seconds"]) or (
        None if longest is None else f"> {span(longest)}"
    )
