"""Retrospectives: their agenda, decisions and actions, and what became of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from opsloop.errors import Refused


class ItemKind(StrEnum):
    """What was noted in a retrospective."""

    AGENDA = "agenda"
    DECISION = "decision"
    ACTION = "action"


class ItemState(StrEnum):
    """What became of an item; agenda and decisions stay open, which says nothing of them."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


class Entry(StrEnum):
    """What a row of a retrospective's log says happened."""

    OPENED = "opened"
    NOTED = "noted"  # an item
    SETTLED = "settled"  # an action is done, or dropped
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Retrospective:
    """A retrospective as its log leaves it.

    Attributes:
        version: of its log, its items' rows included.
        team: whose it is; None = everybody's.
        from_day, to_day: the first day that it looked at, and the first after; None = not said.
        closed_at: None while it is held.
    """

    retrospective_id: int
    version: int
    team: str | None
    from_day: date | None
    to_day: date | None
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None
    closed_by: str | None

    @property
    def is_open(self) -> bool:
        """Whether it is still being held."""
        return self.closed_at is None


@dataclass(frozen=True, slots=True)
class Item:
    """Something that a retrospective noted, decided, or gave somebody to do.

    Attributes:
        text_id: where what it says is kept.
        owner: who does it; of actions alone.
        due_day: by when; None = not said.
        improvement_id: the improvement that it is about.
        settled_at: when it was done or dropped.
        settled_text_id: where what was said then is kept.
    """

    item_id: int
    retrospective_id: int
    kind: ItemKind
    state: ItemState
    text_id: str
    owner: str | None
    due_day: date | None
    improvement_id: int | None
    noted_at: datetime
    noted_by: str
    settled_at: datetime | None
    settled_by: str | None
    settled_text_id: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a retrospective's log; `after` holds only what the row set.

    Attributes:
        item_id: the item that it is about; None = the retrospective itself.
        text_id: what was said with it.
    """

    retrospective_id: int
    version: int
    entry: Entry
    recorded_at: datetime
    actor_id: str
    after: Mapping[str, Any]
    item_id: int | None = None
    text_id: str | None = None


AFTER_VALUES = (
    "team",
    "from_day",
    "to_day",
    "kind",
    "state",
    "owner",
    "due_day",
    "improvement_id",
)
FIELDS = tuple(field.name for field in fields(Retrospective))
ITEM_FIELDS = tuple(field.name for field in fields(Item))


def fold(before: Retrospective | None, row: Row) -> Retrospective:
    """Return the retrospective after one more row of its log, its items' rows included."""
    if before is None:
        days = {name: row.after.get(name) for name in ("team", "from_day", "to_day")}
        return Retrospective(
            retrospective_id=row.retrospective_id,
            version=row.version,
            opened_at=row.recorded_at,
            opened_by=row.actor_id,
            closed_at=None,
            closed_by=None,
            **days,
        )
    if row.entry is Entry.CLOSED:
        before = replace(before, closed_at=row.recorded_at, closed_by=row.actor_id)
    return replace(before, version=row.version)


def fold_item(before: Item | None, row: Row) -> Item:
    """Return an item after one more row that is about it."""
    if before is None:
        assert row.item_id is not None
        assert row.text_id is not None
        return Item(
            item_id=row.item_id,
            retrospective_id=row.retrospective_id,
            kind=ItemKind(row.after["kind"]),
            state=ItemState.OPEN,
            text_id=row.text_id,
            owner=row.after.get("owner"),
            due_day=row.after.get("due_day"),
            improvement_id=row.after.get("improvement_id"),
            noted_at=row.recorded_at,
            noted_by=row.actor_id,
            settled_at=None,
            settled_by=None,
            settled_text_id=None,
        )
    return replace(
        before,
        state=ItemState(row.after["state"]),
        settled_at=row.recorded_at,
        settled_by=row.actor_id,
        settled_text_id=row.text_id,
    )


def require_open(retrospective: Retrospective) -> None:
    """Raise Refused if a retrospective is over: what it said stays as it was."""
    if not retrospective.is_open:
        raise Refused(
            f"Retrospective {retrospective.retrospective_id} is closed.",
            "Open the next one: `opsloop retrospectives open`.",
        )


def require_settleable(item: Item, state: ItemState, reason: str | None) -> None:
    """Raise Refused unless an action can be done, or dropped for a reason."""
    if item.kind is not ItemKind.ACTION:
        raise Refused(f"Item {item.item_id} is no action but of the kind '{item.kind}'.")
    if item.state is not ItemState.OPEN:
        raise Refused(f"Action {item.item_id} is {item.state} already.")
    if state is ItemState.DROPPED and not (reason or "").strip():
        raise Refused(f"Action {item.item_id} is dropped for a reason.", "Say why.")
