"""A store's backup: one SQLite file, made while others write, and put back as a new life of it."""

from __future__ import annotations

import glob
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy import exc

from opsloop.errors import StoreBusy, StoreError
from opsloop.store import copying, schema
from opsloop.store.copying import Listener
from opsloop.store.engine import WRITE_WAIT_S, Engines, closing_engines
from opsloop.store.file_lock import locked
from opsloop.store.tables import counters, store_info
from opsloop.store.troubles import explain
from opsloop.store.verify import Verified

SKIPPED = 10_000
KEPT = ".before-restore"

_IN_USE = "in-use"  # locked in a folder of temporary files while its process lives
_BESIDE = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a file
_COUNTER = "select value from counters where name = 'incident'"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, the lineage that begins, and where the store before it was kept."""

    verified: Verified
    lineage: str
    next_incident: int
    kept: Path | None


def backup(source: Engines, file: Path, listener: Listener, *, force: bool = False) -> int:
    """Write a consistent copy of a store into one SQLite file; returns its size in bytes.

    Others may read and write the store meanwhile: what they commit from now on is not in it. The
    file appears when it is complete, and has no trace of texts that were redacted.

    Args:
        force: replace a file that is there.

    Raises:
        StoreError: there is no store, or the file cannot be written; no file was changed.
    """
    schema.require_current(source)
    _refuse_as_backup(source, file, force=force)
    with _folder_beside(file) as folder:
        aside = folder / "backup.db"
        if source.path is not None:
            listener.begin("Backing up")
            _write_copy(source.path, aside)
            aside.chmod(source.path.stat().st_mode & 0o777)
        else:
            with closing_engines(f"sqlite:///{aside}") as target:
                copying.copy(source, target, listener)
            _make_one_file(aside)
            aside.chmod(0o600)
        _sync(aside)
        aside.replace(file)
    return file.stat().st_size


def restore(target: Engines, file: Path, listener: Listener, *, force: bool = False) -> Restored:
    """Put a backup in the place of the present store, as a new life (lineage) of that store.

    Incidents that were opened after the backup are gone, but people and mails still name their
    numbers: the new life gives its first one 10,000 beyond the backup's last (more, if the store
    that it replaces is known to have given more), so that none is ever given twice. Versions of
    settings and places in the logs skip ahead likewise, since processes and serving copies remember
    them. The mirror misses the rows of the former life and rebuilds itself.

    On SQLite the present store is replaced within one transaction: those who have it open see the
    backup's state from then on.

    Args:
        target: a SQLite file, or a Postgres database without a store.
        force: replace the store in the file, which is kept beside as `<name>.before-restore`.

    Raises:
        StoreError: the file is no sound backup, or there is a store already; nothing was changed.
    """
    _refuse_to_replace(target, file, force=force)
    if target.path is not None:
        schema.make_room(target.path)
    with _folder_beside(target.path) as folder:
        aside = folder / "restored.db"
        with _as_backup(file):
            listener.begin("Checking the backup")
            verified = _checked_copy(file, aside)
        with closing_engines(f"sqlite:///{aside}") as copy:
            if target.path is None:
                lineage, number = _begin_life(copy, given=0)
                copying.copy(copy, target, listener)
                return Restored(verified, lineage, number + 1, None)
            with _alone(target):
                lineage, number = _begin_life(copy, given=_given_by(target.path))
                copy.dispose()
                _make_one_file(aside)
                kept = _put_in_place(aside, target.path)
    return Restored(verified, lineage, number + 1, kept)


def _refuse_as_backup(source: Engines, file: Path, *, force: bool) -> None:
    if not file.parent.is_dir():
        raise StoreError(f"There is no folder {file.parent}.", "Make it, or name another file.")
    if file.is_dir():
        raise StoreError(f"{file} is a folder.", "Name a file in it.")
    if source.path is not None and _is_part_of(file, source.path):
        raise StoreError(f"{file} is the store itself.", "Name another file.")
    if file.exists() and not force:
        raise StoreError(f"{file} is there already.", "Name another file, or use --force.")


def _refuse_to_replace(target: Engines, file: Path, *, force: bool) -> None:
    if not file.is_file():
        raise StoreError(f"There is no backup {file}.", "Check the path.")
    path = target.path
    if path is None:
        copying.refuse_occupied(target)
        return
    if _is_part_of(file, path):
        raise StoreError(f"{file} is the present store, not a backup.", "Name a backup.")
    if not path.exists():
        return
    if not force:
        raise StoreError(
            f"There is a store at {path} already.",
            f"With --force it is replaced, and kept as {path.name}{KEPT}.",
        )
    if (kept := _kept(path)).exists() and not _is_same_life(kept, path):
        raise StoreError(
            f"{kept} is there already, from an earlier restore.", "Move it to another place first."
        )


def _is_same_life(kept: Path, path: Path) -> bool:
    """Return whether a restore was killed before it came to replace the store that it had kept."""
    lives = []
    for one in (kept, path):
        try:
            with _sqlite(one) as connection:
                lives.append(connection.execute("select lineage from store_info").fetchone())
        except StoreError:
            return False
    return bool(lives[0] == lives[1])


def _is_part_of(file: Path, store: Path) -> bool:
    """Return whether this is a store's file, or one that SQLite keeps beside it."""
    parts = [store, *(store.with_name(store.name + part) for part in _BESIDE)]
    return file.resolve() in [part.resolve() for part in parts]


def _kept(path: Path) -> Path:
    return path.with_name(path.name + KEPT)


@contextmanager
def _folder_beside(file: Path | None) -> Iterator[Path]:
    """Yield a folder of our own on the file's disk, from which a file can be moved in one step.

    Without a file, it is where temporary files are. What a killed process left there is removed.
    """
    parent = Path(gettempdir()) if file is None else file.parent
    prefix = f".{file.name if file else 'opsloop'}-"
    try:
        _remove_left_behind(parent, prefix)
        folder = TemporaryDirectory(dir=parent, prefix=prefix)
    except OSError as error:
        raise StoreError(
            f"Nothing can be written to {parent}: {error.strerror}.",
            "Check its rights, and that the disk has room.",
        ) from error
    with folder as name, locked(Path(name) / _IN_USE, WRITE_WAIT_S):
        try:
            yield Path(name)
        except OSError as error:
            raise StoreError(
                f"Nothing can be written to {parent}: {error.strerror}; nothing was changed.",
                "Check its rights, and that the disk has room.",
            ) from error


def _remove_left_behind(parent: Path, prefix: str) -> None:
    """Remove folders of processes that were killed: a lock dies with the process that holds it."""
    for folder in parent.glob(f"{glob.escape(prefix)}*"):
        if not (folder / _IN_USE).is_file():
            continue
        with locked(folder / _IN_USE, 0) as is_left_behind:
            if is_left_behind:
                shutil.rmtree(folder, ignore_errors=True)


def _checked_copy(file: Path, aside: Path) -> Verified:
    """Copy a backup, bring the copy to our schema and verify it; the backup stays as it is."""
    with closing_engines(f"sqlite:///{file.resolve()}") as given:
        revision = schema.revision_of(given)
        if revision is None:
            raise StoreError("It holds no incident store.")
        schema.refuse_newer(revision, given)
    _write_copy(file, aside)
    aside.chmod(file.stat().st_mode & 0o777 | 0o600)
    with closing_engines(f"sqlite:///{aside}") as copy:
        if revision != schema.HEAD:
            schema.upgrade(copy)
        with copy.read() as connection:
            found = [row[0] for row in connection.exec_driver_sql("pragma integrity_check")]
            if found != ["ok"]:
                raise StoreError(f"It is damaged: {found[0]}.")
            verified = copying.verified_store(connection)
    if not verified.ok:
        raise StoreError(f"It and its log differ: {verified.faults[0]}.")
    return verified


@contextmanager
def _as_backup(file: Path) -> Iterator[None]:
    """Let errors say that it is the backup that is not sound, and that nothing was changed."""
    try:
        yield
    except StoreBusy:
        raise
    except StoreError as error:
        raise StoreError(
            f"{file} cannot be restored: {error.message} Nothing was changed.",
            "Restore another backup.",
        ) from error


def _begin_life(copy: Engines, *, given: int) -> tuple[str, int]:
    """Give a store a new lineage and let its numbers skip ahead; returns it and the last number.

    Args:
        given: the last incident number that the store to be replaced is known to have given.
    """
    lineage = uuid4().hex
    with copy.write() as connection:
        connection.execute(sa.update(store_info).values(lineage=lineage))
        number = max(int(connection.exec_driver_sql(_COUNTER).scalar_one()) + SKIPPED, given)
        skipped = sa.update(counters).where(counters.c.name == "incident").values(value=number)
        connection.execute(skipped)
        for table in copying.numbered_tables():
            last = copying.last_given(connection, table)
            copying.give_after(connection, table, last + SKIPPED)
    return lineage, number


def _given_by(path: Path) -> int:
    """Return the last incident number that a store in a file gave; 0 if it cannot be read."""
    if not path.exists():
        return 0
    try:
        with _sqlite(path) as connection:
            row = connection.execute(_COUNTER).fetchone()
    except StoreBusy:
        raise
    except StoreError:
        return 0
    return int(row[0]) if row else 0


@contextmanager
def _alone(store: Engines) -> Iterator[None]:
    """Keep every sync and every writer out; readers go on."""
    with store.sync_lock(WRITE_WAIT_S) as is_mine:
        if not is_mine:
            raise StoreBusy(f"A sync of {store.name} is at work.", "Try again when it is over.")
        with store.write_lock():
            yield


def _put_in_place(new: Path, path: Path) -> Path | None:
    """Let a file's content be that of the store; returns where the store before it is kept."""
    kept = _kept(path)
    if path.exists() and _is_sound(path):
        copy_of_present = new.with_name("present.db")
        _write_copy(path, copy_of_present)
        copy_of_present.chmod(path.stat().st_mode & 0o777)
        _sync(copy_of_present)
        copy_of_present.replace(kept)
        with _sqlite(new) as source, _sqlite(path, mode="rw") as target:
            source.backup(target)
        return kept
    was_there = path.exists()
    for part in (*_BESIDE, ""):  # a log of changes beside another file would corrupt it
        if (old := path.with_name(path.name + part)).exists():
            old.replace(kept.with_name(kept.name + part))
    _sync(new)
    new.replace(path)
    return kept if was_there else None


def _is_sound(path: Path) -> bool:
    """Return whether SQLite can read the whole file, whatever it holds."""
    try:
        with _sqlite(path) as connection:
            return connection.execute("pragma quick_check").fetchall() == [("ok",)]
    except StoreBusy:
        raise
    except StoreError:
        return False


def _write_copy(path: Path, to: Path) -> None:
    """Copy a SQLite file as it is at this moment, compact, while others may write to it."""
    with _sqlite(path) as connection:
        connection.execute("vacuum into ?", (str(to),))


def _make_one_file(path: Path) -> None:
    """Leave nothing beside a SQLite file that nobody has open."""
    with _sqlite(path, mode="rw") as connection:
        connection.execute("pragma journal_mode = delete")


@contextmanager
def _sqlite(path: Path, mode: str = "ro") -> Iterator[sqlite3.Connection]:
    """Yield a plain connection to a SQLite file that exists; its errors become the store's.

    Read-only, since SQLite would throw away what stands beside a corrupt file.
    """
    uri = f"{path.resolve().as_uri()}?mode={mode}"
    try:
        with closing(
            sqlite3.connect(uri, uri=True, isolation_level=None, timeout=WRITE_WAIT_S)
        ) as connection:
            yield connection
    except sqlite3.Error as error:
        raise explain(
            exc.DBAPIError(None, None, error), sa.make_url(f"sqlite:///{path}")
        ) from error


def _sync(path: Path) -> None:
    """Have the disk hold a file before it is moved to where somebody relies on it."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
