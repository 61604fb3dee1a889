"""The incident store: the only writer of incidents. SQLite out of the box, Postgres for a team."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import partial
from uuid import uuid4

import sqlalchemy as sa

from opsloop.clocks import ClockSettings
from opsloop.store import mutes, queries, rosters, schema, terms, verify, watching
from opsloop.store.batch import Batch
from opsloop.store.engine import Engines, closing_engines
from opsloop.store.tables import config_versions, counters, store_info
from opsloop.types import EventView, Incident, IncidentDetail, QueueFilter, QueueItem

__all__ = ["Store"]


class Store:
    """One incident store, open.

    Open it with `Store.open`; close it, or use it as a context manager.
    """

    def __init__(self, engines: Engines) -> None:
        self.engines = engines
        self._known_terms: dict[tuple[int | None, ...], ClockSettings] = {}

    @classmethod
    def open(cls, url: str, *, create: bool = False) -> Store:
        """Open the store at `url` (`sqlite:///path` or `postgresql+psycopg://…`).

        Args:
            create: make it if there is none; an old one is never upgraded in passing.

        Raises:
            StoreError: there is none, or it is corrupt, older or newer than this opsloop.
        """
        engines = Engines(url)
        try:
            if create and schema.revision_of(engines) is None:
                schema.upgrade(engines)
            schema.require_current(engines)
        except BaseException:
            engines.dispose()
            raise
        return cls(engines)

    @classmethod
    def upgrade(cls, url: str) -> str:
        """Create the store or bring it to this opsloop's schema; returns the revision."""
        with closing_engines(url) as engines:
            return schema.upgrade(engines)

    @classmethod
    def exists(cls, url: str) -> bool:
        """Return whether there is a store at `url`, whatever its schema."""
        with closing_engines(url) as engines:
            return schema.revision_of(engines) is not None

    @classmethod
    def remove(cls, url: str) -> None:
        """Drop a store's tables with all that is in them; other tables beside them stay.

        Raises:
            StoreBusy: somebody is at work in them.
        """
        with closing_engines(url) as engines:
            schema.remove(engines)

    @staticmethod
    def name_of(url: str) -> str:
        """Return what to call a store: its file, or its URL without the password."""
        with closing_engines(url) as engines:
            return engines.name

    def close(self) -> None:
        """Close every connection."""
        self.engines.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def queue(self, wanted: QueueFilter) -> list[QueueItem]:
        """Return one page of the queue."""
        with self.engines.read() as connection:
            return queries.queue(connection, wanted)

    def count(self, wanted: QueueFilter) -> int:
        """Return how many incidents match, whatever the page."""
        with self.engines.read() as connection:
            return queries.count(connection, wanted)

    def counts(self, wanted: QueueFilter, by: str) -> dict[str | None, int]:
        """Return how many incidents match for each value of a column of `queries.COUNTED_BY`."""
        with self.engines.read() as connection:
            return queries.counts(connection, wanted, by)

    def names(self, column: str) -> set[str]:
        """Return what ever stood in a column of `queries.NAMED_BY`, of whatever state."""
        with self.engines.read() as connection:
            return queries.names(connection, column)

    def detail(self, number: int, events_limit: int = 200) -> IncidentDetail:
        """Return an incident with its events, log, escalations and relations.

        Raises:
            NotFound: there is no incident of that number.
        """
        with self.engines.read() as connection:
            return queries.detail(connection, number, events_limit)

    def events(self, number: int, limit: int, offset: int = 0) -> tuple[EventView, ...]:
        """Return a part of an incident's events, firing first: a flood has thousands."""
        with self.engines.read() as connection:
            return queries.events_of(connection, number, limit, offset)

    def count_events(self, number: int) -> int:
        """Return how many events an incident has."""
        with self.engines.read() as connection:
            return queries.count_events(connection, number)

    def mutes(self, ending_after: datetime | None = None) -> list[tuple[mutes.Mute, int]]:
        """Return the mutes with how many events each holds back now."""
        with self.engines.read() as connection:
            found = mutes.all_mutes(connection, ending_after)
            return [(mute, mutes.held_back(connection, mute)) for mute in found]

    def last_seq(self) -> int:
        """Return the place of the last row of the incident log; 0 for an empty one."""
        with self.engines.read() as connection:
            return queries.last_seq(connection)

    def last_recorded_at(self) -> datetime | None:
        """Return when the last row of the incident log was recorded; nothing is recorded before."""
        with self.engines.read() as connection:
            return queries.last_recorded_at(connection)

    def changes_since(self, seq: int) -> int:
        """Return how many rows the incident log has gained since a place in it."""
        with self.engines.read() as connection:
            return queries.changes_since(connection, seq)

    def changed_since(self, seq: int, team: str | None = None) -> list[QueueItem]:
        """Return the incidents that the log says something of after a place in it."""
        with self.engines.read() as connection:
            return queries.changed_since(connection, seq, team)

    def news_since(self, seq: int, number: int | None = None) -> watching.News:
        """Return how many incidents are new or changed since a place in the log."""
        with self.engines.read() as connection:
            return watching.news_since(connection, seq, number)

    def is_simulated(self) -> bool:
        """Return whether the desk's activity was simulated, at least in part."""
        with self.engines.read() as connection:
            return watching.is_simulated(connection)

    def identity(self) -> tuple[str, str]:
        """Return (store id, lineage): which store this is, and which life of it."""
        with self.engines.read() as connection:
            row = connection.execute(sa.select(store_info)).one()
            return row.store_id, row.lineage

    def verify(self) -> verify.Verified:
        """Rebuild incidents, events and claims from the logs and compare."""
        with self.engines.read() as connection:
            return verify.verify(connection, partial(self._terms, connection))

    def save_config(self, checksum: str, body: str, now: datetime) -> int:
        """Keep a version of the settings; returns its number (the known one if unchanged)."""
        with self.engines.read() as connection:
            known = _config_version(connection, checksum)
        if known is not None:
            return known
        with self.engines.write() as connection:
            known = _config_version(connection, checksum)
            if known is not None:
                return known
            statement = (
                sa.insert(config_versions)
                .values(checksum=checksum, body=body, applied_at=now)
                .returning(config_versions.c.config_version)
            )
            return int(connection.execute(statement).scalar_one())

    @contextmanager
    def batch(self, now: datetime) -> Iterator[Batch]:
        """Yield a batch; what it recorded is written and committed together at the end."""
        with self.engines.write() as connection:
            batch = Batch(connection, now, partial(self._terms, connection))
            yield batch
            batch.flush()

    def versions(self) -> terms.Versions | None:
        """Return the versions of the settings in force; None before any were applied."""
        with self.engines.read() as connection:
            return terms.in_force(connection)

    def loads(self, people: Sequence[str], now: datetime) -> dict[str, rosters.Load]:
        """Return what these people have in hand."""
        with self.engines.read() as connection:
            return rosters.loads(connection, people, now)

    def entries(self, people: Sequence[str], since: datetime) -> list[rosters.Entry]:
        """Return the minutes that these people wrote down of what they worked since a moment."""
        with self.engines.read() as connection:
            return rosters.entries(connection, people, since)

    def resolved_by(self, person: str, since: datetime) -> list[datetime]:
        """Return when what a person has was resolved, since a moment."""
        with self.engines.read() as connection:
            return rosters.resolved_by(connection, person, since)

    def absences(self, ending_after: datetime) -> list[rosters.Absence]:
        """Return who is or will be away."""
        with self.engines.read() as connection:
            return rosters.all_absences(connection, ending_after)

    def terms_of(self, incident: Incident) -> ClockSettings:
        """Return the service levels and calendars that an incident's clocks go by."""
        with self.engines.read() as connection:
            return self._terms(connection, incident.policy_version, incident.calendar_version)

    def terms_in_force(self) -> ClockSettings:
        """Return the service levels and calendars in force."""
        with self.engines.read() as connection:
            present = terms.in_force(connection)
            if present is None:
                return ClockSettings({})
            return self._terms(connection, present.policy_version, present.calendar_version)

    def forget_terms(self) -> None:
        """Read service levels and calendars anew: a calendar may be known further by now."""
        self._known_terms.clear()

    def _terms(
        self, connection: sa.Connection, policy_version: int | None, calendar_version: int | None
    ) -> ClockSettings:
        """Return the service levels and calendars of these versions, which never change."""
        key = (self.engines.replaced, policy_version, calendar_version)
        if key not in self._known_terms:
            self._known_terms[key] = terms.load(connection, policy_version, calendar_version)
        return self._known_terms[key]

    def sync_lock(self, wait_s: float) -> AbstractContextManager[bool]:
        """Yield whether this process may sync now, after waiting at most `wait_s` seconds."""
        return self.engines.sync_lock(wait_s)


def new_identity(connection: sa.Connection, now: datetime) -> None:
    """Give a store its id, its first lineage and its counters; once, when it is made."""
    connection.execute(
        sa.insert(store_info).values(store_id=uuid4().hex, lineage=uuid4().hex, created_at=now)
    )
    connection.execute(sa.insert(counters).values(name="incident", value=0))


def _config_version(connection: sa.Connection, checksum: str) -> int | None:
    statement = sa.select(config_versions.c.config_version).where(
        config_versions.c.checksum == checksum
    )
    return connection.execute(statement).scalar()
