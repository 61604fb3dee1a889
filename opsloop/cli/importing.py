"""`opsloop import`: the log of another system into the store, by a map; or a first map for it."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from opsloop.cli.output import clean, print_json, print_pairs, print_text, when
from opsloop.cli.places import require_folder, require_not_read, require_place
from opsloop.cli.progress import showing_progress
from opsloop.cli.session import Session, as_option, json_option, person_acting, utc_now
from opsloop.errors import OpsloopError, Refused
from opsloop.words import counted

if TYPE_CHECKING:
    from opsloop.service.importing import Imported

_COLUMNS = ("line", "case", "reason", "detail", "row")
_LONGEST_HEADER = 100  # bytes; ours is shorter


class RowsLeftOut(OpsloopError):
    """Some rows were not imported, and nobody said that this is well."""


class NothingReplaced(OpsloopError):
    """There was nothing to take the place of what was imported before."""


@click.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--map", "map_file", type=click.Path(path_type=Path), help="How to read it.")
@click.option("--guess", is_flag=True, help="Write a first map for FILE instead.")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="Where the guess goes; else stdout."
)
@click.option(
    "--replace", is_flag=True, help="Take the place of all that was imported from its source."
)
@click.option(
    "--rejects", type=click.Path(path_type=Path), help="Write the rows that are left out there."
)
@click.option("--allow-rejects", is_flag=True, help="Exit with 0 though rows are left out.")
@click.option("--force", is_flag=True, help="Let the guess write over a file that is there.")
@as_option
@json_option
def import_command(
    file: Path,
    map_file: Path | None,
    guess: bool,
    output: Path | None,
    replace: bool,
    rejects: Path | None,
    allow_rejects: bool,
    force: bool,
    person: str | None,
    as_json: bool,
) -> None:
    """Bring the log of another system into the store, for the retro.

    FILE is CSV (plain or gzip) or Parquet. Begin with --guess, mend the map that it writes, then
    import with --map. Importing again adds what is new. What was imported is history: it is never
    in the queue.
    """
    if guess == (map_file is not None):
        raise click.UsageError("Give either --map MAP.yml or --guess.")
    if guess:
        of_imports = {
            "--replace": replace,
            "--rejects": rejects,
            "--allow-rejects": allow_rejects,
            "--json": as_json,
        }
        _require_none(of_imports, "belongs to --map: a guess imports nothing")
        _write_guess(file, output, force)
        return
    _require_none({"--output": output, "--force": force}, "belongs to --guess")
    from opsloop.importing.maps import load_map
    from opsloop.service.importing import import_log

    assert map_file is not None
    if rejects is not None:
        _require_own(rejects, file, map_file)
    session = Session()
    by = person_acting(person).id
    plan, written = load_map(map_file)
    with showing_progress(is_quiet=as_json) as listener, session.store(create=True) as store:
        found = import_log(
            store,
            file,
            plan,
            written,
            by=by,
            now=utc_now(),
            listener=listener,
            replace=replace,
            rejects_to=None if rejects is None else lambda rows: _write_rejects(rejects, rows),
        )
    _report(found, replace, as_json=as_json)
    _require_success(found, file, replace=replace, allow_rejects=allow_rejects)


def _require_none(options: Mapping[str, object], why: str) -> None:
    given = [name for name, value in options.items() if value]
    if given:
        raise click.UsageError(f"{given[0]} {why}.")


def _require_success(found: Imported, file: Path, *, replace: bool, allow_rejects: bool) -> None:
    if replace and found.import_id is None:
        raise NothingReplaced(
            f"Nothing of {file.name} can be imported: nothing was replaced, and what there was of "
            f"{found.source} still counts.",
            "Mend the file or the map, and import again with --replace.",
        )
    if found.rows_rejected and not allow_rejects:
        raise RowsLeftOut(
            f"{counted(found.rows_rejected, 'row')} of {found.rows_read:,} "
            f"{'was' if found.rows_rejected == 1 else 'were'} left out.",
            "See them with --rejects FILE.csv, mend the map or the file and import again; or say "
            "--allow-rejects.",
        )


def _require_own(rejects: Path, file: Path, map_file: Path) -> None:
    """Refuse to write the list over anything but an earlier list."""
    require_folder(rejects)
    require_not_read(rejects, file, map_file)
    if rejects.is_dir():
        raise Refused(f"{rejects} is a folder.", "Name a file for --rejects.")
    if not rejects.is_file() or rejects.stat().st_size == 0:
        return
    with rejects.open("rb") as there:
        first = there.readline(_LONGEST_HEADER).strip()
    if first != ",".join(_COLUMNS).encode():
        raise Refused(
            f"{rejects} is there already, and is no list of rows that were left out.",
            "Name another file for --rejects.",
        )


def _write_guess(file: Path, output: Path | None, force: bool) -> None:
    from opsloop.service.importing.guessing import guess_map

    if output is not None:
        require_not_read(output, file)
        require_place(output, force)
    text = guess_map(file, utc_now())
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OpsloopError(f"{output} cannot be written: {error.strerror}.") from error
    print_text(f"Wrote {clean(output, None)}. Read it through, then import with --map.")


def _write_rejects(path: Path, rows: Iterator[Sequence[object]]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_COLUMNS)
            writer.writerows(rows)
    except OSError as error:
        raise OpsloopError(f"{path} cannot be written: {error.strerror}.") from error


def _report(found: Imported, replace: bool, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(found))
        return
    if found.has_new_window:
        print_text(f"Nothing new for {found.source} but its window.")
    elif found.import_id is None:
        print_text(f"Nothing {'replaced' if replace else 'new'} for {found.source}.")
    elif found.first_at is None:
        print_text(f"Completed the import of {found.source} that had been stopped.")
    else:
        incidents = counted(found.incidents_opened, "incident")
        went_on = (
            f", and {found.incidents_continued:,} went on" if found.incidents_continued else ""
        )
        print_text(
            f"Imported {incidents} of {found.source}{went_on}: "
            f"{counted(found.log_rows, 'log row')} from {when(found.first_at)} to "
            f"{when(found.last_at)} UTC."
        )
    print_pairs(
        [
            ("rows read", f"{found.rows_read:,}"),
            ("imported", f"{found.rows_imported:,}"),
            ("known before", f"{found.rows_known:,}" if found.rows_known else None),
            ("left out", f"{found.rows_rejected:,}" if found.rows_rejected else None),
            *((f"  {reason}", f"{count:,}") for reason, count in found.rejected.items()),
            ("read as Windows-1252", f"{found.recoded:,}" if found.recoded else None),
        ]
    )
