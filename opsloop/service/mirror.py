"""The logs, and what clocks go by, mirrored into the warehouse, where the retro reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from opsloop.store import Store, export, settings_export
from opsloop.store.engine import Connection
from opsloop.warehouse import MIRROR_TABLES, Warehouse, require_mirror

_ARROW = {
    "text": pa.string(),
    "time": pa.timestamp("us"),
    "bool": pa.bool_(),
    "int": pa.int64(),
    "float": pa.float64(),
}


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What a mirror run did: rows appended, through which place of the incident log."""

    rows: int
    seq: int
    rebuilt: bool


def mirror(store: Store, warehouse: Warehouse) -> Mirrored:
    """Append to the warehouse's mirror what the logs have gained, in one transaction.

    The cursor is the mirror's own last row. If the store does not have that very row (its log_id,
    which is never given twice), the store is another one or was restored from a backup: the mirror
    is rebuilt, within the same transaction.

    Args:
        warehouse: opened for writing.
    """
    require_mirror(warehouse, (*MIRROR_TABLES, *settings_export.TABLES))
    positions = warehouse.mirror_position()
    with store.engines.read() as connection:
        _mirror_settings(connection, warehouse)  # first: the log names their versions
        through = {name: export.last_seq(connection, name) for name in MIRROR_TABLES}
        is_same = all(
            log_id is None or export.log_id_at(connection, name, seq) == log_id
            for name, (seq, log_id) in positions.items()
        )
        new = {
            name: _arrow_pages(
                export.columns_of(name),
                export.pages(connection, name, positions[name][0] if is_same else 0, through[name]),
            )
            for name in MIRROR_TABLES
        }
        written = warehouse.append_to_mirror(new, replace=not is_same)
    return Mirrored(sum(written.values()), through["incident_log"], rebuilt=not is_same)


def _mirror_settings(connection: Connection, warehouse: Warehouse) -> None:
    """Write calendars and service levels anew if they are not as the mirror has them."""
    held = warehouse.table(settings_export.FINGERPRINT).column("fingerprint").to_pylist()
    if held != [settings_export.fingerprint(connection)]:
        pages = {
            name: _arrow_pages(columns, settings_export.pages(connection, name))
            for name, columns in settings_export.TABLES.items()
        }
        warehouse.append_to_mirror(pages, replace=True)


def _arrow_pages(
    columns: Mapping[str, str], pages: Iterator[list[tuple[Any, ...]]]
) -> Iterator[pa.Table]:
    schema = pa.schema([(column, _ARROW[kind]) for column, kind in columns.items()])
    times = [place for place, kind in enumerate(columns.values()) if kind == "time"]
    for rows in pages:
        values = [list(column) for column in zip(*rows, strict=True)]
        for place in times:
            values[place] = [_naive(moment) for moment in values[place]]
        arrays = [
            pa.array(column, type=field.type) for column, field in zip(values, schema, strict=True)
        ]
        yield pa.Table.from_arrays(arrays, schema=schema)


def _naive(moment: datetime | None) -> datetime | None:
    """Return a moment as the warehouse keeps it: UTC without a zone."""
    return None if moment is None else moment.astimezone(UTC).replace(tzinfo=None)
