"""`opsloop incidents watch`: the queue as it changes."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from opsloop.cli.output import console, print_json_line, table_of
from opsloop.cli.session import Session, json_option, utc_now
from opsloop.types import QueueFilter
from opsloop.words import counted

if TYPE_CHECKING:
    from opsloop.store import Store

HEAD = 4  # lines of the terminal that are not the table's
EVERYTHING = 2**31 - 1


@click.command()
@click.option("--team", help="Incidents of this team.")
@click.option(
    "--order",
    type=click.Choice(["priority", "due", "newest", "updated"]),
    default="due",
    show_default=True,
)
@click.option(
    "--every",
    type=click.FloatRange(min=0.1, max=3600),
    default=2.0,
    show_default=True,
    metavar="SECONDS",
    help="How often to look.",
)
@json_option
def watch(team: str | None, order: str, every: float, as_json: bool) -> None:
    """Show the open incidents live, until Ctrl-C; with --json, a line for each change."""
    from opsloop.cli.known import known_team

    session = Session()
    with session.store() as store:
        wanted = QueueFilter(team=known_team(session, store, team), order=order)
        try:
            if as_json:
                _print_changes(store, wanted, every)
            else:
                _show(store, wanted, every)
        except KeyboardInterrupt:
            return


def _show(store: Store, wanted: QueueFilter, every: float) -> None:
    """Draw as many incidents as the terminal has lines, over and over."""
    from rich.console import Group
    from rich.live import Live
    from rich.text import Text

    from opsloop.cli.incident_views import QUEUE_COLUMNS, queue_rows

    where = console()
    with Live(console=where, screen=where.is_terminal, auto_refresh=False) as live:
        while True:
            now = utc_now()
            items = store.queue(replace(wanted, limit=max(1, where.height - HEAD)))
            head = Text(f"{counted(store.count(wanted), 'open incident')}, {now:%H:%M:%S} UTC\n")
            table = table_of(QUEUE_COLUMNS, queue_rows(items, now), where.width)
            live.update(Group(head, table), refresh=True)
            time.sleep(every)


def _print_changes(store: Store, wanted: QueueFilter, every: float) -> None:
    """Print each incident when it is first seen and when it has changed; one that ended too."""
    from opsloop.cli.incident_views import item_record

    seen = store.last_seq()
    for item in store.queue(replace(wanted, limit=EVERYTHING)):
        print_json_line(item_record(item, utc_now()))
    while True:
        time.sleep(every)
        if seen != (last := store.last_seq()):
            for item in store.changed_since(seen, team=wanted.team):
                print_json_line(item_record(item, utc_now()))
            seen = last
