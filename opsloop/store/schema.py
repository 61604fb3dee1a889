"""The store's schema: creating it, upgrading it, and refusing what does not fit."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import exc

from opsloop.errors import StoreError
from opsloop.store.engine import Connection, Engines
from opsloop.store.tables import metadata

# The migrations under `migrations/versions`, oldest first; a test holds both equal.
REVISIONS = ("0001", "0002", "0003", "0004", "0006", "0005", "0007")
HEAD = REVISIONS[-1]
REVISION_TABLE = "alembic_version"

_MIGRATIONS = Path(__file__).parent / "migrations"


def revision_of(engines: Engines) -> str | None:
    """Return the store's schema revision; None for a store that does not exist yet."""
    if not engines.is_there():
        return None
    with engines.read() as connection:
        try:
            row = connection.execute(sa.text("select version_num from alembic_version")).first()
        except (exc.OperationalError, exc.ProgrammingError) as error:
            if "alembic_version" not in str(error.orig):  # the statement names it in any case
                raise
            _refuse_foreign(connection, engines)
            return None
    return row[0] if row else None


def _refuse_foreign(connection: Connection, engines: Engines) -> None:
    """Raise StoreError for a file that holds another program's tables."""
    if engines.is_sqlite and sa.inspect(connection).get_table_names():
        raise StoreError(
            f"{engines.name} is a database of another program, not an incident store.",
            "Check the path.",
        )


def upgrade(engines: Engines) -> str:
    """Bring the store to this opsloop's schema, creating it if need be; returns the revision.

    One transaction: a kill in the middle leaves the old schema.

    Raises:
        StoreError: the store was written by a newer opsloop, or is not a store.
    """
    if engines.path is not None:
        make_room(engines.path)
    refuse_newer(revision_of(engines), engines)
    with engines.write() as connection:
        migrate(connection)
    return HEAD


def migrate(connection: Connection, revision: str = HEAD) -> None:
    """Bring the store on this connection to a revision, within its transaction."""
    from alembic import command  # slow to import, and rarely needed
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(_MIGRATIONS))
    settings.attributes["connection"] = connection
    command.upgrade(settings, revision)


def remove(engines: Engines) -> None:
    """Drop the tables of a store, and the functions of their triggers; what stands beside stays."""
    with engines.write() as connection:
        metadata.drop_all(connection)
        connection.execute(sa.text(f"drop table if exists {REVISION_TABLE}"))
        if not engines.is_sqlite:
            for name in metadata.tables:
                connection.execute(sa.text(f"drop function if exists {name}_is_append_only()"))


def make_room(path: Path) -> None:
    """Make the folder of a store's file; raises StoreError if that cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"There can be no folder {path.parent}: {error.strerror}.",
            "Check the path and its rights.",
        ) from error


def require_current(engines: Engines) -> None:
    """Raise StoreError, with the remedy, unless the store has exactly our schema."""
    revision = revision_of(engines)
    if revision == HEAD:
        return
    refuse_newer(revision, engines)
    if revision is None:
        raise StoreError(
            f"There is no incident store at {engines.name}.",
            "Create it with `opsloop store upgrade`.",
        )
    raise StoreError(
        f"The incident store {engines.name} has schema {revision}, this opsloop needs {HEAD}.",
        "Upgrade it with `opsloop store upgrade`.",
    )


def refuse_newer(revision: str | None, engines: Engines) -> None:
    """Raise StoreError for a revision that this opsloop does not know."""
    if revision is not None and revision not in REVISIONS:
        raise StoreError(
            f"The incident store {engines.name} has schema {revision}, which is newer than this "
            f"opsloop ({HEAD}).",
            "Update opsloop; a store is never downgraded.",
        )
