"""`opsloop store upgrade|verify|copy|backup|restore`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from opsloop.cli.output import clean, print_json, print_text
from opsloop.cli.progress import showing_progress
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


@store.command()
@click.option(
    "--to",
    "url",
    required=True,
    metavar="URL",
    help="sqlite:///path or postgresql+psycopg://user@host/database; new or empty.",
)
@json_option
def copy(url: str, as_json: bool) -> None:
    """Copy the store, whole and verified, to another place: from SQLite to Postgres, or back.

    It stays the same store, with its numbers and its log. Stop what writes to it before, and set
    OPSLOOP_STORE_URL to the new place after.
    """
    from opsloop.store import copying
    from opsloop.store.engine import closing_engines

    with (
        closing_engines(Session().paths.store_url) as source,
        closing_engines(url) as target,
        showing_progress(is_quiet=as_json) as listener,
    ):
        found = copying.copy(source, target, listener)
        place = target.name
    if as_json:
        print_json(
            {
                "to": place,
                "tables": found.tables,
                "verified": asdict(found.verified),
                "left_behind": found.left_behind,
            }
        )
    else:
        print_text(
            f"Copied {counted(sum(found.tables.values()), 'row')} of "
            f"{counted(len(found.tables), 'table')} to {clean(place, None)} and verified "
            f"{counted(found.verified.incidents, 'incident')}."
        )
    if found.left_behind:
        click.echo(
            f"opsloop: {counted(found.left_behind, 'log row')} came while it was copied, and stayed"
            " behind. Stop what writes to the store, and copy it again.",
            err=True,
        )


@store.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@json_option
def backup(file: Path, force: bool, as_json: bool) -> None:
    """Write a consistent copy of the store into one SQLite FILE; the store may be in use."""
    from opsloop.store.backup import backup as write_backup
    from opsloop.store.engine import closing_engines

    with (
        closing_engines(Session().paths.store_url) as source,
        showing_progress(is_quiet=as_json) as listener,
    ):
        size = write_backup(source, file, listener, force=force)
    if as_json:
        print_json({"file": str(file), "bytes": size})
    else:
        print_text(f"Wrote {clean(file, None)}, {size / 1e6:,.1f} MB.")


@store.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace the store in use; it is kept beside.")
@json_option
def restore(file: Path, force: bool, as_json: bool) -> None:
    """Put a backup FILE in the place of the store, verified.

    What was done since the backup is gone from the store. Numbers of incidents skip ahead, so that
    none is given twice, and the next `opsloop run` mirrors the log anew.
    """
    from opsloop.store.backup import restore as put_back
    from opsloop.store.engine import closing_engines

    with (
        closing_engines(Session().paths.store_url) as target,
        showing_progress(is_quiet=as_json) as listener,
    ):
        found = put_back(target, file, listener, force=force)
    if as_json:
        print_json(asdict(found) | {"kept": found.kept and str(found.kept)})
        return
    print_text(
        f"Restored {counted(found.verified.incidents, 'incident')}; the next one is "
        f"number {found.next_incident}."
    )
    if found.kept:
        print_text(f"The store before is kept as {clean(found.kept, None)}.")
