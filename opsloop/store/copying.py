"""Moving a store: every row into another, empty database, of the same or of the other kind.

The old store is read in one snapshot, and the new one is written in one transaction, which is
committed only when the copy was found to be whole. A kill at any point leaves the target empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy import exc

from opsloop.errors import StoreError
from opsloop.store import bulk, schema, terms
from opsloop.store.engine import Engines
from opsloop.store.export import last_seq
from opsloop.store.tables import counters, incident_log, metadata, store_info
from opsloop.store.troubles import explain
from opsloop.store.verify import Verified, verify
from opsloop.words import counted

PAGE = 2_000  # rows in memory at a time

# what the migrations put into a new store: its own identity, which the copied one's replaces
_MADE_WITH_THE_TABLES = (store_info, counters)
_HASHES = 2**64


class Listener(Protocol):
    """Whoever shows how far a copy is."""

    def begin(self, step: str, total: int | None = None) -> None:
        """A step begins; `total` is how many pages it has, if that is known."""

    def advance(self, what: str) -> None:
        """One page is done."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a table holds, whatever the order: how many rows, and the sum of their hashes."""

    rows: int = 0
    digest: int = 0

    def plus(self, page: list[tuple[Any, ...]]) -> Tally:
        """Return the tally with a page more."""
        return Tally(self.rows + len(page), (self.digest + sum(map(hash, page))) % _HASHES)


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied: rows by table, what `verify` compared, and log rows that came too late."""

    tables: dict[str, int]
    verified: Verified
    left_behind: int


def copy(source: Engines, target: Engines, listener: Listener) -> Copied:
    """Copy a store; ids, `seq`, store id and lineage stay, since it is the same store elsewhere.

    Args:
        source: may be in use; what is written to it from now on is not copied, but counted.
        target: a file that does not exist, or a database without a store.

    Raises:
        StoreError: the target is not empty, or the copy is not what the source was; in both cases
            nothing was changed.
    """
    schema.require_current(source)
    refuse_occupied(target)
    if target.path is not None:
        schema.make_room(target.path)
    with source.read() as old, target.write() as new:
        if not source.is_sqlite:
            old.execute(sa.text("set transaction read only"))
        schema.migrate(new)  # every step, so that the triggers are there as well
        for table in _MADE_WITH_THE_TABLES:
            new.execute(sa.delete(table))
        tallies = _copy_tables(source, old, new, listener)
        listener.begin("Comparing")
        verified = _checked(new, tallies)
        through = last_seq(old, incident_log.name)
    with source.read() as old:
        later = incident_log.c.seq > through
        left_behind = old.scalar(sa.select(sa.func.count()).where(later)) or 0
    return Copied({name: one.rows for name, one in tallies.items()}, verified, left_behind)


def refuse_occupied(target: Engines) -> None:
    """Raise StoreError unless a store can be made here without touching anything.

    Other tables in a Postgres database are left alone, as those of a warehouse in the same place.
    """
    if target.is_sqlite and target.url.database in (None, "", ":memory:"):
        raise StoreError("A store in memory would be gone at once.", "Name a file.")
    if target.path is not None and not target.path.exists():
        return
    with target.read() as connection:
        found = set(sa.inspect(connection).get_table_names())
    if not target.is_sqlite:
        found &= {schema.REVISION_TABLE, *metadata.tables}
    if found:
        raise StoreError(
            f"{target.name} is not empty: it holds {counted(len(found), 'table')}, among them "
            f"{min(found)}. Nothing was changed.",
            "Name a file that does not exist yet, or an empty database.",
        )


def verified_store(connection: sa.Connection) -> Verified:
    """Rebuild the projections of the store on this connection from its logs and compare."""
    return verify(connection, cache(partial(terms.load, connection)))


def numbered_tables() -> list[sa.Table]:
    """Return the tables whose rows the database numbers."""
    return [table for table in metadata.sorted_tables if table.autoincrement_column is not None]


def last_given(connection: sa.Connection, table: sa.Table) -> int:
    """Return the last number that the database gave to a row of this table; 0 = none yet."""
    if connection.dialect.name == "sqlite":
        statement = sa.text("select seq from sqlite_sequence where name = :name")
        return connection.execute(statement, {"name": table.name}).scalar() or 0
    sequence: str = connection.execute(sa.text(_SEQUENCE), _place(table)).scalar_one()
    row = connection.exec_driver_sql(f"select last_value, is_called from {sequence}").one()
    return int(row.last_value) if row.is_called else 0


def give_after(connection: sa.Connection, table: sa.Table, number: int) -> None:
    """Let the database number the next row of this table beyond `number`."""
    if number == 0:
        return
    if connection.dialect.name != "sqlite":
        statement = sa.text(f"select setval(({_SEQUENCE})::regclass, :number)")
        connection.execute(statement, {**_place(table), "number": number})
        return
    values = {"name": table.name, "number": number}
    connection.execute(sa.text("delete from sqlite_sequence where name = :name"), values)
    connection.execute(sa.text("insert into sqlite_sequence values (:name, :number)"), values)


_SEQUENCE = "select pg_get_serial_sequence(:table, :column)"


def _place(table: sa.Table) -> dict[str, str]:
    column = table.autoincrement_column
    assert column is not None
    return {"table": table.name, "column": column.name}


def _copy_tables(
    source: Engines, old: sa.Connection, new: sa.Connection, listener: Listener
) -> dict[str, Tally]:
    """Copy every table in the order of its key; returns what each held in the snapshot."""
    tables = metadata.sorted_tables
    counts = [old.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in tables]
    listener.begin("Copying", total=sum(-(-count // PAGE) for count in counts))
    tallies = {}
    for table in tables:
        tally = Tally()
        for page in _pages_of_source(source, old, table):
            bulk.insert(new, table, table.columns.keys(), page)
            tally = tally.plus(page)
            listener.advance(table.name)
        tallies[table.name] = tally
    for table in numbered_tables():
        give_after(new, table, max(last_given(old, table), last_given(new, table)))
    return tallies


def _pages_of_source(
    source: Engines, connection: sa.Connection, table: sa.Table
) -> Iterator[list[tuple[Any, ...]]]:
    """Yield a table's pages; an error is the source's, not that of the target being written."""
    try:
        yield from _pages(connection, table, in_order=True)
    except exc.DBAPIError as error:
        raise explain(error, source.url) from error


def _pages(
    connection: sa.Connection, table: sa.Table, *, in_order: bool
) -> Iterator[list[tuple[Any, ...]]]:
    statement = sa.select(*table.columns)
    if in_order:
        statement = statement.order_by(*table.primary_key.columns)
    options = {"stream_results": True, "yield_per": PAGE}
    for rows in connection.execute(statement, execution_options=options).partitions():
        yield [tuple(row) for row in rows]


def _checked(new: sa.Connection, expected: dict[str, Tally]) -> Verified:
    """Return what `verify` says of a copy; raises StoreError if anything differs."""
    if new.dialect.name != "sqlite":
        new.execute(sa.text("analyze"))  # the comparison's joins are planned by it
    for table in metadata.sorted_tables:
        found = Tally()
        for page in _pages(new, table, in_order=False):
            found = found.plus(page)
        if found != expected[table.name]:
            raise StoreError(
                f"The copy's {table.name} is not what was read: {found.rows:,} rows of "
                f"{expected[table.name].rows:,}, or another content. The target stays empty.",
                "Report this.",
            )
    verified = verified_store(new)
    if not verified.ok:
        raise StoreError(
            f"The copy and its log differ in {counted(len(verified.faults), 'place')}: "
            f"{verified.faults[0]}. The target stays empty.",
            "See what `opsloop store verify` says of the store itself.",
        )
    return verified
