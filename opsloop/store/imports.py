"""What the store keeps of imports: which there were, their cases, and what they left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from opsloop.store import bulk
from opsloop.store.sync_state import slices
from opsloop.store.tables import import_cases, import_rejects, imports, incident_log

_CASE = ("generation", "case_key", "incident_id", "digest")
_WINDOW = ("window_from", "window_to", "complete_for")
_REJECT = ("import_id", "line", "case_key", "reason", "detail")


@dataclass(frozen=True, slots=True)
class Import:
    """One import. What it brought counts from `completed_at` until `replaced_at`.

    Imports of a source that add to each other share a generation, named by the first of them.
    """

    import_id: int
    source: str
    generation: int
    file_name: str
    file_sha256: str
    map_checksum: str
    window_from: datetime | None
    window_to: datetime | None
    complete_for: str | None
    rows_read: int
    rows_imported: int
    rows_known: int
    rows_rejected: int
    imported_by: str
    started_at: datetime
    completed_at: datetime | None
    replaced_at: datetime | None

    @property
    def counts(self) -> bool:
        """Whether what it brought is to be seen."""
        return self.completed_at is not None and self.replaced_at is None


@dataclass(frozen=True, slots=True)
class Case:
    """A case that is known: its incident, and what its history comes to."""

    incident_id: int
    digest: str


Signed = tuple[str, datetime, str]  # an action, when, and the row that it came from


def all_imports(connection: sa.Connection, source: str | None = None) -> list[Import]:
    """Return the imports, of one source or of all, oldest first."""
    names = [field.name for field in fields(Import)]
    statement = sa.select(*(imports.c[name] for name in names)).order_by(imports.c.import_id)
    if source is not None:
        statement = statement.where(imports.c.source == source)
    return [Import(**row) for row in connection.execute(statement).mappings()]


def begin(connection: sa.Connection, values: Mapping[str, Any], generation: int | None) -> int:
    """Write down that an import begins; returns its number.

    Args:
        values: what is known of it by then.
        generation: which it adds to; None = it begins one of its own.
    """
    counts = dict.fromkeys(("rows_read", "rows_imported", "rows_known", "rows_rejected"), 0)
    statement = (
        sa.insert(imports)
        .values(**values, **counts, generation=generation or 0)
        .returning(imports.c.import_id)
    )
    number = int(connection.execute(statement).scalar_one())
    if generation is None:
        set_values(connection, number, {"generation": number})
    return number


def set_values(connection: sa.Connection, number: int, values: Mapping[str, Any]) -> None:
    """Write down more of an import."""
    connection.execute(sa.update(imports).where(imports.c.import_id == number).values(**values))


def replace_others(connection: sa.Connection, source: str, generation: int, now: datetime) -> None:
    """Let no other generation of a source count any more."""
    others = sa.update(imports).where(
        imports.c.source == source,
        imports.c.generation != generation,
        imports.c.replaced_at.is_(None),
    )
    connection.execute(others.values(replaced_at=now))
    replaced = sa.select(imports.c.generation).where(
        imports.c.source == source, imports.c.generation != generation
    )
    connection.execute(sa.delete(import_cases).where(import_cases.c.generation.in_(replaced)))


def declare_window(connection: sa.Connection, number: int) -> bool:
    """Give an import's window to those of its generation that brought the same file.

    Returns:
        Whether any of them had another.
    """
    said = connection.execute(sa.select(imports).where(imports.c.import_id == number)).one()
    window = {name: getattr(said, name) for name in _WINDOW}
    others = sa.update(imports).where(
        imports.c.generation == said.generation,
        imports.c.import_id != number,
        imports.c.file_sha256 == said.file_sha256,
        sa.or_(*(imports.c[name].is_distinct_from(value) for name, value in window.items())),
    )
    return connection.execute(others.values(**window)).rowcount > 0


def forget(connection: sa.Connection, number: int) -> None:
    """Take an import out that brought nothing."""
    connection.execute(sa.delete(import_rejects).where(import_rejects.c.import_id == number))
    connection.execute(sa.delete(imports).where(imports.c.import_id == number))


def known_cases(connection: sa.Connection, generation: int, keys: Sequence[str]) -> dict[str, Case]:
    """Return which of these cases a generation has."""
    found: dict[str, Case] = {}
    table = import_cases.c
    for part in slices(keys):
        statement = sa.select(table.case_key, table.incident_id, table.digest).where(
            table.generation == generation, table.case_key.in_(part)
        )
        found.update(
            (row.case_key, Case(row.incident_id, row.digest))
            for row in connection.execute(statement)
        )
    return found


def save_cases(connection: sa.Connection, generation: int, cases: Mapping[str, Case]) -> None:
    """Keep what new cases come to; refused if another import has one of them by now."""
    bulk.insert(connection, import_cases, _CASE, _case_rows(generation, cases))


def renew_cases(connection: sa.Connection, generation: int, cases: Mapping[str, Case]) -> None:
    """Keep what known cases come to by now."""
    bulk.upsert(connection, import_cases, _CASE, _case_rows(generation, cases))


def _case_rows(generation: int, cases: Mapping[str, Case]) -> list[tuple[Any, ...]]:
    return [(generation, key, case.incident_id, case.digest) for key, case in cases.items()]


def histories(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, list[Signed]]:
    """Return what the log has of imported incidents, in order."""
    found: dict[int, list[Signed]] = {number: [] for number in numbers}
    log = incident_log.c
    for part in slices(numbers):
        statement = (
            sa.select(log.incident_id, log.action, log.effective_at, log.source_row)
            .where(log.incident_id.in_(part))
            .order_by(log.incident_id, log.version)
        )
        for row in connection.execute(statement):
            identity = row.source_row.partition(":")[2]
            found[row.incident_id].append((row.action, row.effective_at, identity))
    return found


def clear_rejects(connection: sa.Connection, number: int) -> None:
    """Forget what an import that is begun again left out."""
    connection.execute(sa.delete(import_rejects).where(import_rejects.c.import_id == number))


def save_rejects(
    connection: sa.Connection, number: int, rows: Iterable[tuple[int, str | None, str, str]]
) -> None:
    """Keep which rows an import left out: line, case, reason, details."""
    bulk.insert(connection, import_rejects, _REJECT, [(number, *row) for row in rows])
