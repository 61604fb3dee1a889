"""One entity across all monitors: what ever happened to it, and how it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from opsloop.errors import NotFound
from opsloop.store import Store, history
from opsloop.store.history import Happening, MonitorPart, Stay

REPEAT_WITHIN = timedelta(days=7)  # of the end of an incident: what comes back so soon is a repeat


@dataclass(frozen=True, slots=True)
class EntitySummary:
    """An entity in figures. Times are UTC.

    Args:
        seen: how often a monitor found it: episodes.
        firing: its events that fire in an incident now.
        held_back: its events that fire and are held back now.
        stays: the incidents that it was part of, the oldest first.
        repeats: how often it came back within `REPEAT_WITHIN` of the end of an incident.
    """

    entity_id: str
    seen: int
    firing: int
    held_back: int
    stays: tuple[Stay, ...]
    repeats: int
    first_at: datetime
    last_at: datetime
    by_monitor: tuple[MonitorPart, ...]

    @property
    def incidents(self) -> int:
        """How many incidents it was part of."""
        return len(self.stays)

    @property
    def incidents_open(self) -> int:
        """How many of them are open."""
        return sum(stay.state.is_open for stay in self.stays)


@contextmanager
def history_of(
    store: Store, entity_id: str, monitor_id: str | None = None, *, newest_first: bool = False
) -> Iterator[Iterator[Happening]]:
    """Yield what happened to an entity, streamed from the store while the block lasts."""
    with store.engines.read() as connection:
        yield history.history(connection, entity_id, monitor_id, newest_first=newest_first)


def summary_of(store: Store, entity_id: str, monitor_id: str | None = None) -> EntitySummary:
    """Return an entity in figures.

    Raises:
        NotFound: no event, incident or mute ever named it (of that monitor).
    """
    with store.engines.read() as connection:
        oldest = next(history.history(connection, entity_id, monitor_id), None)
        if oldest is None:
            of_monitor = f" of {monitor_id}" if monitor_id else ""
            raise NotFound(
                f"Nothing{of_monitor} ever named an entity {entity_id!r}.",
                "See `opsloop incidents list --search`, which finds parts of names too.",
            )
        newest = next(history.history(connection, entity_id, monitor_id, newest_first=True))
        parts = history.parts_by_monitor(connection, entity_id, monitor_id)
        stays = history.stays(connection, entity_id, monitor_id)
    return EntitySummary(
        entity_id=entity_id,
        seen=sum(part.seen for part in parts),
        firing=sum(part.firing for part in parts),
        held_back=sum(part.held_back for part in parts),
        stays=tuple(stays),
        repeats=repeats_of(stays),
        first_at=history.when(oldest),
        last_at=history.when(newest),
        by_monitor=tuple(parts),
    )


def repeats_of(stays: Sequence[Stay], within: timedelta = REPEAT_WITHIN) -> int:
    """Return how often an entity came back soon after an incident of it had ended.

    A reopening is one; so is an incident that opened at most `within` after the end of another. A
    merge is no end, since the work went on.
    """
    ends = [stay.resolved_at for stay in stays if stay.resolved_at and stay.merged_into is None]
    opened = [stay.opened_at for stay in stays if stay.merged_into is None]
    again = sum(any(end <= at <= end + within for end in ends) for at in opened)
    return again + sum(stay.reopened_count for stay in stays)
