"""Opening a store and writing to it: one writer at a time, on SQLite and on Postgres alike.

SQLite: WAL, `synchronous=FULL`, explicit BEGIN IMMEDIATE behind a file lock (waiting writers queue
on the lock instead of failing with "database is locked"), and a second engine that can only read.
Postgres: a write transaction takes one advisory lock first. Log rows therefore get their `seq` in
the order in which they are committed, which the mirror's cursor relies on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from filelock import FileLock, Timeout
from sqlalchemy import event, exc

from opsloop.errors import StoreBusy, StoreError

Connection = sa.Connection  # the rest of opsloop names it without importing SQLAlchemy

WRITE_LOCK = 0x0B510B  # Postgres advisory locks: a writer of the store, and the one sync
SYNC_LOCK = 0x0B510C
WRITE_WAIT_S = 30.0
_URLS = "Use sqlite:///path/to/incidents.db or postgresql+psycopg://user@host/database."


class Engines:
    """The connections of one store.

    Args:
        url: `sqlite:///path` or `postgresql+psycopg://…`.
    """

    def __init__(self, url: str) -> None:
        self.url = _known_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.path = Path(self.url.database) if self.is_sqlite and self.url.database else None
        if self.is_sqlite:
            self.writer = _sqlite_engine(self.url, "BEGIN IMMEDIATE", query_only=False)
            self.reader = _sqlite_engine(self.url, "BEGIN", query_only=True)
        else:
            self.writer = self.reader = sa.create_engine(self.url, pool_pre_ping=True)

    def dispose(self) -> None:
        """Close every connection."""
        self.writer.dispose()
        self.reader.dispose()

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Yield a connection in a transaction that no other writer shares.

        Raises:
            StoreBusy: another process kept the lock for 30 seconds.
            StoreError: the store cannot be written; nothing was changed.
        """
        with self._translated(), self._write_lock(), self.writer.begin() as connection:
            if not self.is_sqlite:
                connection.execute(sa.text(f"set local lock_timeout = '{WRITE_WAIT_S:.0f}s'"))
                connection.execute(sa.text(f"select pg_advisory_xact_lock({WRITE_LOCK})"))
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Yield a connection that sees one state of the store throughout."""
        with self._translated(), self.reader.connect() as connection:
            if not self.is_sqlite:
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def sync_lock(self, wait_s: float) -> Iterator[bool]:
        """Yield whether this process is the one that may sync; the lock dies with the process."""
        if self.path is not None:
            lock = FileLock(f"{self.path}.sync.lock")
            try:
                lock.acquire(timeout=wait_s)
            except Timeout:
                yield False
                return
            try:
                yield True
            finally:
                lock.release()
            return
        with self._translated(), self.writer.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            yield from _postgres_lock(connection, wait_s)

    def _write_lock(self) -> Any:
        if self.path is None:
            return nullcontext()
        return _FileLocked(FileLock(f"{self.path}.write.lock", timeout=WRITE_WAIT_S))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except exc.DBAPIError as error:
            raise explain(error, self.url) from error


class _FileLocked:
    """A file lock whose time-out is the store's own error."""

    def __init__(self, lock: FileLock) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        try:
            self._lock.acquire()
        except Timeout as error:
            raise StoreBusy(
                f"The incident store was locked by another process for {WRITE_WAIT_S:.0f} s.",
                "Try again; if it stays so, look for a hanging opsloop process.",
            ) from error
        except OSError as error:
            raise StoreError(
                f"The incident store's lock {self._lock.lock_file} cannot be written: {error}.",
                "Make its folder writable.",
            ) from error

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def explain(error: exc.DBAPIError, url: sa.URL) -> StoreError:
    """Return what a driver's error means for the person who met it."""
    name = url.render_as_string(hide_password=True)
    text = str(error.orig).strip().splitlines()[0] if error.orig else str(error)
    lowered = text.lower()
    known = (
        ("append-only", "The log is append-only.", "Correct it with a new row."),
        ("disk is full", "The disk is full; nothing was written.", "Free space and try again."),
        ("readonly", "The store cannot be written.", "Check the rights of the file and folder."),
        ("malformed", "The store's file is corrupt.", "Restore it from a backup."),
        ("not a database", "The file is not an opsloop store.", "Check the path, or restore it."),
        ("unable to open", "The store cannot be opened.", "Check that its folder exists."),
        ("is locked", "The store is locked by another program.", "Close it and try again."),
        ("lock timeout", "The store is locked by another process.", "Try again."),
        ("connection", "The store's server does not answer.", "Check that it runs, and the URL."),
    )
    for part, what, remedy in known:
        if part in lowered:
            kind = StoreBusy if "lock" in part else StoreError
            return kind(f"{what} ({name}: {text})", remedy)
    return StoreError(f"The store refused the operation ({name}: {text}).")


def _known_url(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except exc.ArgumentError as error:
        raise StoreError("The store's URL cannot be read.", _URLS) from error
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise StoreError(f"A store on {parsed.get_backend_name()} is not supported.", _URLS)
    return parsed


def _sqlite_engine(url: sa.URL, begin: str, *, query_only: bool) -> sa.Engine:
    engine = sa.create_engine(url, connect_args={"timeout": WRITE_WAIT_S})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        if not query_only:
            cursor.execute("pragma journal_mode = wal")
        cursor.execute("pragma synchronous = full")
        cursor.execute("pragma foreign_keys = on")
        cursor.execute("pragma cache_size = -65536")
        if query_only:
            cursor.execute("pragma query_only = on")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgres_lock(connection: sa.Connection, wait_s: float) -> Iterator[bool]:
    connection.execute(sa.text(f"set lock_timeout = {max(1, int(wait_s * 1000))}"))
    try:
        connection.execute(sa.text(f"select pg_advisory_lock({SYNC_LOCK})"))
    except exc.OperationalError as error:
        if "lock timeout" not in str(error.orig):
            raise
        yield False
        return
    finally:
        # the connection goes back to the pool, where a writer may take it
        connection.execute(sa.text("reset lock_timeout"))
    try:
        yield True
    finally:
        connection.execute(sa.text(f"select pg_advisory_unlock({SYNC_LOCK})"))
