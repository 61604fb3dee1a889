"""Opening a store and writing to it: one writer at a time, on SQLite and on Postgres alike.

SQLite: WAL, `synchronous=FULL`, explicit BEGIN IMMEDIATE behind a file lock (waiting writers queue
on the lock instead of failing with "database is locked"), and a second engine that can only read.
Postgres: a write transaction takes one advisory lock first. Log rows therefore get their `seq` in
the order in which they are committed, which the mirror's cursor relies on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc

from opsloop.errors import StoreBusy, StoreError
from opsloop.store.file_lock import locked
from opsloop.store.troubles import explain, lost_at_commit

Connection = sa.Connection  # the rest of opsloop names it without importing SQLAlchemy

WRITE_LOCK = 0x0B510B  # Postgres advisory locks: a writer of the store, and the one sync
SYNC_LOCK = 0x0B510C
WRITE_WAIT_S = 30.0
# one way to the server and back, since every action goes it
_ALONE = sa.text(
    f"select set_config('lock_timeout', :wait, true), pg_advisory_xact_lock({WRITE_LOCK})"
)
_URLS = "Use sqlite:///path/to/incidents.db or postgresql+psycopg://user@host/database."


class Engines:
    """The connections of one store.

    Args:
        url: `sqlite:///path` or `postgresql+psycopg://…`.

    `replaced` counts how often another file was found in the place of the store's.
    """

    def __init__(self, url: str) -> None:
        self.url = _known_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.path = Path(self.url.database) if self.is_sqlite and self.url.database else None
        self.replaced = 0
        self._file: tuple[int, int] | None = None
        self._write_lock = Path(f"{self.path}.write.lock") if self.path else None
        if self.is_sqlite:
            self.writer = _sqlite_engine(self.url, "BEGIN IMMEDIATE", query_only=False)
            self.reader = _sqlite_engine(self.url, "BEGIN", query_only=True)
        else:
            self.writer = self.reader = sa.create_engine(self.url, pool_pre_ping=True)

    @property
    def name(self) -> str:
        """The store's file, or its URL without the password."""
        return str(self.path or self.url.render_as_string(hide_password=True))

    def is_there(self) -> bool:
        """Return whether there is a file for the store; always so on a server."""
        return self.path is None or _identity(self.path) is not None

    def dispose(self) -> None:
        """Close every connection."""
        self.writer.dispose()
        self.reader.dispose()

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Yield a connection in a transaction that no other writer shares.

        Raises:
            StoreBusy: another process kept the lock for 30 seconds.
            StoreError: the store cannot be written, is gone, or is another than it was; nothing was
                changed.
        """
        with self._translated(), self.write_lock():
            if self._is_replaced():
                raise StoreError(
                    f"The store's file {self.path} was replaced by another while it was in use; "
                    "nothing was written.",
                    "Look again, then decide.",
                )
            with self.writer.begin() as connection:
                if not self.is_sqlite:
                    connection.execute(_ALONE, {"wait": f"{WRITE_WAIT_S:.0f}s"})
                yield connection
                self._commit(connection)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Yield a connection that sees one state of the store throughout.

        Raises:
            StoreError: the store cannot be read, or is gone.
        """
        self._is_replaced()
        with self._translated(), self.reader.connect() as connection:
            if not self.is_sqlite:
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def write_lock(self) -> Iterator[None]:
        """Keep other writers of the store's file out; on Postgres a transaction does that itself.

        Raises:
            StoreBusy: another process kept the lock for 30 seconds.
        """
        if self._write_lock is None:
            yield
            return
        with locked(self._write_lock, WRITE_WAIT_S) as is_ours:
            if not is_ours:
                raise StoreBusy(
                    f"The incident store was locked by another process for {WRITE_WAIT_S:.0f} s.",
                    "Try again; if it stays so, look for a hanging opsloop process.",
                )
            yield

    @contextmanager
    def sync_lock(self, wait_s: float) -> Iterator[bool]:
        """Yield whether this process is the one that may sync; the lock dies with the process."""
        if self.path is not None:
            with locked(Path(f"{self.path}.sync.lock"), wait_s) as is_ours:
                yield is_ours
            return
        with self._translated(), self.writer.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            yield from _postgres_lock(connection, wait_s)

    def _is_replaced(self) -> bool:
        """Return whether another file stands where the store's was, and turn to it.

        Open connections would go on with a file that nobody finds any more, and new ones would make
        an empty store; raises StoreError for a file that is gone.
        """
        if self.path is None:
            return False
        found = _identity(self.path)
        if self._file is None:
            self._file = found
        if found == self._file:
            return False
        if found is None:
            raise StoreError(
                f"The store's file {self.path} is gone; nothing was written.",
                "Put it back, or restore a backup.",
            )
        self._file = found
        self.dispose()
        self.replaced += 1
        return True

    def _commit(self, connection: sa.Connection) -> None:
        try:
            connection.commit()
        except exc.DBAPIError as error:
            if error.connection_invalidated:
                raise lost_at_commit(error, self.url) from error
            raise

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except exc.DBAPIError as error:
            raise explain(error, self.url) from error


@contextmanager
def closing_engines(url: str) -> Iterator[Engines]:
    """Yield the connections of a store, closed at the end."""
    engines = Engines(url)
    try:
        yield engines
    finally:
        engines.dispose()


def _identity(path: Path) -> tuple[int, int] | None:
    """Return which file stands at a path, whatever it is called; None for none."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StoreError(
            f"The store's file {path} cannot be reached: {error.strerror}.",
            "Check the rights of its folder.",
        ) from error
    return found.st_dev, found.st_ino


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

    def _begin(dbapi_connection: sa.PoolProxiedConnection) -> None:
        dbapi_connection.cursor().execute(begin)

    # the dialect's own step: with a listener for it, every statement would ask for listeners
    engine.dialect.do_begin = _begin  # type: ignore[method-assign]
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
