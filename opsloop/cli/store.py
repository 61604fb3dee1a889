"""`opsloop store upgrade|verify`."""

from __future__ import annotations

from dataclasses import asdict

import click

from opsloop.cli.output import print_json, print_text
from opsloop.cli.session import Session, json_option
from opsloop.errors import StoreError
from opsloop.words import counted


@click.group()
def store() -> None:
    """Look after the incident store."""


@store.command()
@json_option
def upgrade(as_json: bool) -> None:
    """Create the store, or bring it to this opsloop's schema."""
    from opsloop.store import Store

    url = Session().paths.store_url
    revision = Store.upgrade(url)
    if as_json:
        print_json({"revision": revision})
    else:
        print_text(f"The store has schema {revision}.")


@store.command()
@json_option
def verify(as_json: bool) -> None:
    """Rebuild every incident from the log and compare with what is stored."""
    with Session().store() as opened:
        found = opened.verify()
    if as_json:
        print_json({"ok": found.ok, **asdict(found)})
    else:
        print_text(
            f"Compared {counted(found.incidents, 'incident')}, {counted(found.events, 'event')} "
            f"and {counted(found.log_rows, 'log row')}."
        )
        for fault in found.faults:
            print_text(f"  {fault}")
    if not found.ok:
        raise StoreError(
            f"The store and its log differ in {counted(len(found.faults), 'place')}.",
            "Restore a backup, or report this with the output of --json.",
        )
