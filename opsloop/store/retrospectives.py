"""Retrospectives in the store: rows of their log, what the log comes to, and what is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from opsloop.errors import NotFound
from opsloop.retrospectives import (
    AFTER_VALUES,
    FIELDS,
    ITEM_FIELDS,
    Entry,
    Item,
    ItemKind,
    ItemState,
    Retrospective,
    Row,
    fold,
    fold_item,
)
from opsloop.store import texts
from opsloop.store.improvements import as_text, compared
from opsloop.store.tables import retrospective_items, retrospective_log, retrospectives
from opsloop.types import Actor

_DAYS = ("from_day", "to_day", "due_day")


@dataclass(frozen=True, slots=True)
class Said:
    """An item with its texts: what it says, and what was said when it was settled."""

    item: Item
    text: str
    settled_text: str | None


def begin(
    connection: sa.Connection, after: Mapping[str, Any], actor: Actor, now: datetime
) -> Retrospective:
    """Open a retrospective; returns it."""
    last = connection.execute(sa.select(sa.func.max(retrospectives.c.retrospective_id))).scalar()
    row = Row((last or 0) + 1, 1, Entry.OPENED, now, actor.id, after)
    found = fold(None, row)
    connection.execute(sa.insert(retrospectives).values(**_values_of(found, FIELDS)))
    _log(connection, row, actor)
    return found


def close(
    connection: sa.Connection, before: Retrospective, actor: Actor, now: datetime
) -> Retrospective:
    """Close a retrospective; returns it."""
    row = _next_row(before, Entry.CLOSED, actor, now, {})
    found = _advance(connection, before, row)
    _log(connection, row, actor)
    return found


def add_item(
    connection: sa.Connection,
    before: Retrospective,
    after: Mapping[str, Any],
    text: str,
    actor: Actor,
    now: datetime,
) -> Item:
    """Note an item in a retrospective; returns it."""
    last = connection.execute(sa.select(sa.func.max(retrospective_items.c.item_id))).scalar()
    text_id = texts.keep(connection, text)
    row = _next_row(before, Entry.NOTED, actor, now, after, (last or 0) + 1, text_id)
    item = fold_item(None, row)
    _advance(connection, before, row)
    connection.execute(sa.insert(retrospective_items).values(**_values_of(item, ITEM_FIELDS)))
    _log(connection, row, actor)
    return item


def settle(
    connection: sa.Connection,
    before: Item,
    state: ItemState,
    text: str | None,
    actor: Actor,
    now: datetime,
) -> Item:
    """Write down what became of an action; returns it."""
    retrospective = of(connection, before.retrospective_id)
    text_id = texts.keep(connection, text)
    after = {"state": state}
    row = _next_row(retrospective, Entry.SETTLED, actor, now, after, before.item_id, text_id)
    item = fold_item(before, row)
    _advance(connection, retrospective, row)
    is_it = retrospective_items.c.item_id == item.item_id
    changed = sa.update(retrospective_items).where(is_it).values(**_values_of(item, ITEM_FIELDS))
    connection.execute(changed)
    _log(connection, row, actor)
    return item


def of(connection: sa.Connection, number: int) -> Retrospective:
    """Return a retrospective; raises NotFound."""
    statement = sa.select(retrospectives).where(retrospectives.c.retrospective_id == number)
    row = connection.execute(statement).mappings().first()
    if row is None:
        raise NotFound(f"There is no retrospective {number}.", "See `opsloop retrospectives list`.")
    return _retrospective_of(row)


def every(connection: sa.Connection) -> list[Retrospective]:
    """Return all retrospectives, the newest first."""
    statement = sa.select(retrospectives).order_by(retrospectives.c.retrospective_id.desc())
    return [_retrospective_of(row) for row in connection.execute(statement).mappings()]


def item(connection: sa.Connection, item_id: int) -> Item:
    """Return an item; raises NotFound."""
    statement = sa.select(retrospective_items).where(retrospective_items.c.item_id == item_id)
    row = connection.execute(statement).mappings().first()
    if row is None:
        raise NotFound(
            f"There is no action {item_id}.",
            "`opsloop retrospectives show N` lists them with their numbers.",
        )
    return _item_of(row)


def items(connection: sa.Connection, number: int | None = None) -> list[Said]:
    """Return the items of a retrospective, or of all, in the order in which they were noted."""
    statement = sa.select(retrospective_items).order_by(retrospective_items.c.item_id)
    if number is not None:
        statement = statement.where(retrospective_items.c.retrospective_id == number)
    found = [_item_of(row) for row in connection.execute(statement).mappings()]
    ids = [text_id for one in found for text_id in (one.text_id, one.settled_text_id)]
    said = texts.bodies(connection, ids)
    return [
        Said(one, said.get(one.text_id, "(redacted)"), said.get(one.settled_text_id))
        for one in found
    ]


def differences(connection: sa.Connection) -> Iterator[str]:
    """Yield where retrospectives and their items are not what their log says."""
    replayed: dict[int, Retrospective] = {}
    replayed_items: dict[int, Item] = {}
    log = retrospective_log.c
    statement = sa.select(retrospective_log).order_by(log.retrospective_id, log.version)
    for stored in connection.execute(statement).mappings():
        row = _row_of(stored)
        before = replayed.get(row.retrospective_id)
        if row.version != (before.version if before else 0) + 1:
            yield f"retrospective {row.retrospective_id} lacks a version before {row.version}"
        replayed[row.retrospective_id] = fold(before, row)
        if row.item_id is not None:
            replayed_items[row.item_id] = fold_item(replayed_items.get(row.item_id), row)
    found = {one.retrospective_id: one for one in every(connection)}
    yield from compared("retrospective", replayed, found)
    noted = {one.item.item_id: one.item for one in items(connection)}
    yield from compared("item", replayed_items, noted)


def _next_row(
    before: Retrospective,
    entry: Entry,
    actor: Actor,
    now: datetime,
    after: Mapping[str, Any],
    item_id: int | None = None,
    text_id: str | None = None,
) -> Row:
    number, version = before.retrospective_id, before.version + 1
    return Row(number, version, entry, now, actor.id, after, item_id, text_id)


def _advance(connection: sa.Connection, before: Retrospective, row: Row) -> Retrospective:
    found = fold(before, row)
    is_it = retrospectives.c.retrospective_id == found.retrospective_id
    statement = sa.update(retrospectives).where(is_it).values(**_values_of(found, FIELDS))
    connection.execute(statement)
    return found


def _log(connection: sa.Connection, row: Row, actor: Actor) -> None:
    values = {name: as_text(value) for name, value in row.after.items()}
    statement = sa.insert(retrospective_log).values(
        **values,
        retrospective_id=row.retrospective_id,
        version=row.version,
        item_id=row.item_id,
        entry=row.entry,
        recorded_at=row.recorded_at,
        actor_id=row.actor_id,
        via=actor.via,
        text_id=row.text_id,
    )
    connection.execute(statement)


def _values_of(record: Retrospective | Item, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: as_text(getattr(record, name)) for name in names}


def _with_days(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: date.fromisoformat(value) if name in _DAYS and value is not None else value
        for name, value in values.items()
    }


def _retrospective_of(row: sa.RowMapping) -> Retrospective:
    return Retrospective(**_with_days({name: row[name] for name in FIELDS}))


def _item_of(row: sa.RowMapping) -> Item:
    values = _with_days({name: row[name] for name in ITEM_FIELDS})
    kind, state = ItemKind(values["kind"]), ItemState(values["state"])
    return Item(**{**values, "kind": kind, "state": state})


def _row_of(row: sa.RowMapping) -> Row:
    after = {name: row[name] for name in AFTER_VALUES if row[name] is not None}
    return Row(
        retrospective_id=row["retrospective_id"],
        version=row["version"],
        entry=Entry(row["entry"]),
        recorded_at=row["recorded_at"],
        actor_id=row["actor_id"],
        after=_with_days(after),
        item_id=row["item_id"],
        text_id=row["text_id"],
    )
