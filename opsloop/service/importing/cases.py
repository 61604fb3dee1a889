"""The cases of an import, one after the other: told, put into rows, and written in chunks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from opsloop.importing import acts, life
from opsloop.importing.life import Life, Recorded
from opsloop.importing.schema import ImportMap
from opsloop.importing.telling import Reject, Teller, Told
from opsloop.service.sync.collector import at_rest
from opsloop.store import Store, imports, sync_state
from opsloop.store.batch import Batch
from opsloop.store.imports import Case
from opsloop.types import Actor, ActorKind, Incident

# so many rows of the file at once: they hold the store for about 250 ms
CHUNK = 2_000
_LATE = "It belongs before what was imported of its case: use --replace."
_CHANGED = (
    "None of its case's known rows is in the file as it was: columns or values changed. Use "
    "--replace; by a `key` in the map, rows are known whatever else they say."
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Which import it is, of which source and generation, and whether one that was killed."""

    source: str
    import_id: int
    generation: int
    goes_on: bool = False


@dataclass(slots=True)
class Tally:
    """What an import came to so far."""

    imported: int = 0
    known: int = 0
    opened: int = 0
    continued: int = 0
    log_rows: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    actions: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Planned:
    """A case as rows of the log."""

    key: str
    told: Sequence[Told]
    rows: Sequence[Recorded]
    digest: str


class Cases:
    """Plans and writes the cases of one import.

    Args:
        names: the columns of the rows that `add` is given.
    """

    def __init__(
        self, store: Store, plan: ImportMap, names: Sequence[str], teller: Teller, origin: Origin
    ) -> None:
        self._store = store
        self._plan = plan
        self._case = itemgetter(names.index("case"))
        self._lacks_start = itemgetter(names.index("lacks_start"))
        self._teller = teller
        self._origin = origin
        self._actors: dict[str | None, Actor] = {}
        self._going_on: list[tuple[Planned, int, int]] = []  # known cases, and from which row on
        self.tally = Tally()

    def write(
        self, pages: Iterator[list[tuple[Any, ...]]], now: datetime
    ) -> Iterator[list[Reject]]:
        """Write every case, each chunk in a transaction; yields the rows that each left out.

        Args:
            pages: rows of the query, case after case.
            now: the moment of recording, UTC.
        """
        chunk: list[Planned] = []
        rejects: list[Reject] = []
        size = 0
        for key, rows in groupby((row for page in pages for row in page), self._case):
            planned = self._planned(key, rows, rejects)
            if planned is not None:
                chunk.append(planned)
                size += len(planned.told)
            if size + len(rejects) >= CHUNK:
                self._write_chunk(chunk, now, rejects)
                yield rejects
                chunk, rejects, size = [], [], 0
        self._write_chunk(chunk, now, rejects)
        yield rejects

    def _planned(
        self, key: str, rows: Iterator[tuple[Any, ...]], rejects: list[Reject]
    ) -> Planned | None:
        """Return a case as rows of the log; None if nothing of it can be imported."""
        told: list[Told] = []
        lacks_start = False
        for row in rows:
            lacks_start = lacks_start or self._lacks_start(row)
            one = self._teller.told(row)
            if isinstance(one, Told):
                told.append(one)
            else:
                rejects.append(one)
                lacks_start = lacks_start or not told
        if not told:
            return None
        try:
            course = acts.course_of(self._plan, told, lacks_start=lacks_start)
        except acts.EndsBeforeItOpens:
            detail = "Its end stands before its opening: nothing that lasts can be said of it."
            rejects.extend(Reject(one.line, key, "ends_before_it_opens", detail) for one in told)
            return None
        recorded = Life(self._plan, key, f"import-{self._origin.generation}").rows(course)
        return Planned(key, told, recorded, life.digest(recorded))

    def _write_chunk(self, chunk: Sequence[Planned], now: datetime, rejects: list[Reject]) -> None:
        """Write the cases that are new, and look which known ones went on."""
        keys = [planned.key for planned in chunk]
        with self._store.engines.read() as connection:
            known = imports.known_cases(connection, self._origin.generation, keys)
            changed = [
                one for one in chunk if one.key in known and known[one.key].digest != one.digest
            ]
            numbers = [known[one.key].incident_id for one in changed]
            logged = imports.histories(connection, numbers)
        for planned, number in zip(changed, numbers, strict=True):
            self._judge(planned, number, logged[number], rejects)
        for one in chunk:
            if one.key in known and known[one.key].digest == one.digest:
                self.tally.known += len(one.told)
        new = [one for one in chunk if one.key not in known]
        if new:
            with at_rest(), self._store.batch(now) as batch:
                self._open(batch, new)

    def _judge(
        self, planned: Planned, number: int, have: Sequence[imports.Signed], rejects: list[Reject]
    ) -> None:
        """Keep what a known case goes on with, if it does at its end; else list what is new."""
        identities = {identity for _, _, identity in have}
        fresh = [one for one in planned.told if one.identity not in identities]
        self.tally.known += len(planned.told) - len(fresh)
        if [life.sign(one.change) for one in planned.rows[: len(have)]] != have:
            detail = _LATE if len(fresh) < len(planned.told) else _CHANGED
            rejects.extend(Reject(one.line, planned.key, "late_row", detail) for one in fresh)
            return
        self.tally.imported += len(fresh)
        self.tally.continued += 1
        self._going_on.append((planned, number, len(have)))

    def _open(self, batch: Batch, chunk: Sequence[Planned]) -> None:
        found = {}
        for planned, number in zip(chunk, batch.new_incident_ids(len(chunk)), strict=True):
            incident = None
            for recorded in planned.rows:
                incident = self._record(batch, incident, number, recorded)
            found[planned.key] = Case(number, planned.digest)
            self.tally.opened += 1
            self.tally.imported += len(planned.told)
        imports.save_cases(batch.connection, self._origin.generation, found)

    def go_on(self, batch: Batch) -> None:
        """Write what came after the end of known cases, with the transaction that completes all."""
        incidents = sync_state.incidents_by_id(
            batch.connection, [number for _, number, _ in self._going_on]
        )
        found = {}
        for planned, number, written in self._going_on:
            incident = incidents[number]
            for recorded in planned.rows[written:]:
                incident = self._record(batch, incident, number, recorded)
            found[planned.key] = Case(number, planned.digest)
        imports.renew_cases(batch.connection, self._origin.generation, found)

    def _record(
        self, batch: Batch, incident: Incident | None, number: int, recorded: Recorded
    ) -> Incident:
        change, who = recorded
        self._count(change.effective_at, str(change.action))
        actor = self._actors.get(who)
        if actor is None:
            actor = Actor(ActorKind.IMPORT, who or self._origin.source, "import")
            self._actors[who] = actor
        after = change.after
        assert isinstance(after, dict)
        after["source"] = self._origin.source
        after["import_id"] = self._origin.import_id
        if incident is None:
            return batch.open(number, change, actor)
        return batch.record(incident, change, actor)

    def _count(self, at: datetime, action: str) -> None:
        tally = self.tally
        tally.log_rows += 1
        tally.actions[action] += 1
        if tally.first_at is None or at < tally.first_at:
            tally.first_at = at
        if tally.last_at is None or at > tally.last_at:
            tally.last_at = at
