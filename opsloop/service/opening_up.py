"""Opening up what holds many keys, a flood above all: each key gets an incident of its own.

In parts that hold the store only briefly, as a sync's chunks do. Every part is a transaction that
leaves nothing half done: a kill in between leaves the rest where it was, and the same command goes
on with it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from opsloop import lifecycle
from opsloop.diff import Snapshot
from opsloop.errors import Refused
from opsloop.lifecycle import Group, Part
from opsloop.roles import Deed
from opsloop.service.acting import Acting
from opsloop.service.keys import take_keys_back
from opsloop.service.merging import move
from opsloop.service.placing import Placed, Placer, facts_of
from opsloop.store import openings, queries, sync_state
from opsloop.types import Action, Actor, ActorKind, Change, EventChange, Incident, LogRow, Monitor

if TYPE_CHECKING:
    from opsloop.store.batch import Batch
    from opsloop.store.engine import Connection

HOLD_S = 0.25  # the longest that a part should keep other writers waiting
FIRST_PART = 100  # keys
SMALLEST_PART = 50


@dataclass(frozen=True, slots=True)
class OpenedUp:
    """What came of it: the incident that was opened up, and the new ones, the worst first."""

    source: Incident
    numbers: tuple[int, ...]
    batches: tuple[str, ...]  # any of them, undone, takes all of it back


class OpeningUp(Acting):
    """Taking many keys out of one incident at once."""

    def open_up(
        self,
        number: int,
        actor: Actor,
        *,
        part: Part | None = None,
        monitors: Mapping[str, Monitor] | None = None,
        expect: int | None = None,
    ) -> OpenedUp:
        """Let keys of an incident become incidents of their own; it ends when nothing fires in it.

        Where a person assigned it, the new ones stay with its team; else rules place each of them.
        Later events of these keys go to the new incidents.

        Args:
            part: which keys; None = every one that fires.
            monitors: by id, for the titles and the bands of impact.
            expect: the decision_version that the actor saw.

        Raises:
            NotFound: no such incident, key or entity.
            Refused: it has ended, or nothing of what is meant fires.
            SomebodyWasFirst: somebody decided about it meanwhile; what is out by then stays out.
        """
        with self._asking(Deed.SPLIT, actor, number):
            with self.store.engines.read() as connection:
                source = queries.incident(connection, number)
                events = queries.all_events_of(connection, number)
            waiting = [group.key for group in lifecycle.choose(source, events, part or Part())]
            opening = _Opening(self, source, actor, monitors or {}, expect)
            size = FIRST_PART
            while waiting:
                keys, waiting = waiting[:size], waiting[size:]
                started = time.monotonic()
                opening.take_out(keys)
                fitting = int(len(keys) * HOLD_S / (time.monotonic() - started) * 0.8)
                size = max(SMALLEST_PART, min(openings.MOST_AT_ONCE, fitting))
            return OpenedUp(opening.source, tuple(opening.numbers), tuple(opening.batches))

    def _undo_opening(self, actor: Actor, batch_id: str) -> Incident | None:
        """Take an opening back, its last transaction first; None if the batch did something else.

        Raises:
            Refused: one of the incidents was decided about since; nothing is taken back then.
        """
        with self.store.engines.read() as connection:
            parts = openings.parts_of_opening(connection, batch_id)
            if parts is None:
                return None
            for row in parts:
                _untouched(connection, row)
        source = None
        for row in parts:
            with self.store.batch(self.now()) as batch:
                source = _undo_part(batch, row, actor)
        if source is None:
            raise Refused(f"What {batch_id} opened up was taken back already.", "Look again.")
        return source


class _Opening:
    """One act of opening up, part after part; `source` is the incident as the last one left it."""

    def __init__(
        self,
        acting: OpeningUp,
        source: Incident,
        actor: Actor,
        monitors: Mapping[str, Monitor],
        expect: int | None,
    ) -> None:
        self.source = source
        self.numbers: list[int] = []
        self.batches: list[str] = []
        self._acting = acting
        self._actor = actor
        self._monitors = monitors
        self._expect = expect
        self._terms = acting.store.versions(), acting.store.terms_in_force()

    def take_out(self, keys: Sequence[openings.Key]) -> None:
        """Take keys out in one transaction; what has cleared meanwhile stays."""
        acting, number = self._acting, self.source.incident_id
        with acting.store.batch(acting.now()) as batch:
            source = queries.incident(batch.connection, number)
            acting._require_role(self._actor, Deed.SPLIT, [source])
            acting._require_unchanged(batch, source, self._expect)
            seen = openings.snapshots_of_keys(batch.connection, number, keys)
            found = lifecycle.groups_of(one.event for one in seen.values())
            leaving = [group for group in found if group.firing]
            if leaving:
                self.source = self._write(batch, source, leaving, seen)
                self._expect = self.source.decision_version

    def _write(
        self, batch: Batch, source: Incident, leaving: Sequence[Group], seen: Mapping[str, Snapshot]
    ) -> Incident:
        numbers = batch.new_incident_ids(len(leaving))
        self.batches.append(batch.batch_id)
        self.numbers.extend(numbers)
        split = lifecycle.open_up(source, leaving, numbers[0], batch.now)
        payload = {"opening": self.batches[0], "incidents": len(numbers), "last": numbers[-1]}
        after = batch.record(source, replace(split, payload=payload), self._actor)
        placer = Placer(batch.connection, self._acting.config, *self._terms)
        by_rule = Actor(ActorKind.RULE, "opened_up", self._actor.via)
        for number, group in zip(numbers, leaving, strict=True):
            batch.open(number, self._opened(source, group, seen, placer, batch.now), by_rule)
        held_elsewhere = _move(batch, source.incident_id, leaving, numbers)
        if after.events_firing == 0:
            ended = lifecycle.end_opened_up(after, self.numbers[0], batch.now)
            after = batch.record(
                after, replace(ended, payload={"incidents": len(self.numbers)}), self._actor
            )
            moved = {group.key for group in leaving} - held_elsewhere
            batch.release(queries.claimed_by(batch.connection, [source.incident_id]) - moved)
        return after

    def _opened(
        self,
        source: Incident,
        group: Group,
        seen: Mapping[str, Snapshot],
        placer: Placer,
        now: datetime,
    ) -> Change:
        """Return the first row of the incident of one key."""
        lead = seen[next(event.event_id for event in group.events if event.firing)]
        monitor = self._monitors.get(group.key[0])
        after = lifecycle.opening_of_split(source, group.events, None, now)
        severity = after.get("severity")
        if severity is not None:
            bands = monitor.impact_bands if monitor else None
            after["priority"] = self._acting.config.priority_of(
                severity, after.get("impact"), bands
            )
        placed = self._placed(source, lead, monitor, placer, now)
        why = {"placed": placed.why} if placed and placed.why else None
        subject = {"other_incident_id": source.incident_id, "link_kind": "split_from"}
        title = _title(lead, monitor, group, after.get("impact"))
        values = {**after, **(placed.after if placed else {})}
        return Change(Action.OPENED, now, values, subject, text=title, payload=why)

    def _placed(
        self,
        source: Incident,
        lead: Snapshot,
        monitor: Monitor | None,
        placer: Placer,
        now: datetime,
    ) -> Placed | None:
        """Return where rules put the incident of a key; None where a person placed the source."""
        if source.assignment_kind == "manual":
            return None
        facts = facts_of(
            self._acting.config,
            now,
            owner=monitor.owner if monitor else source.team,
            row_owner=lead.owner,
            monitor=lead.event.monitor_id,
            severity=lead.event.severity,
            entity=lead.event.entity_id,
            class_=source.class_,
            evidence=lead.evidence,
        )
        return placer.place(facts)


def _move(
    batch: Batch, source: int, groups: Sequence[Group], numbers: Sequence[int]
) -> set[openings.Key]:
    """Let each key go to the incident beside it; returns the keys that another one holds."""
    keys: dict[str, list[str]] = {}
    for group in groups:
        keys.setdefault(group.key[0], []).append(group.key[1])
    holders = {
        (monitor_id, key): holder
        for monitor_id, found in keys.items()
        for key, holder in sync_state.holders(batch.connection, monitor_id, found).items()
    }
    elsewhere = {key for key, holder in holders.items() if holder != source}
    for number, group in zip(numbers, groups, strict=True):
        for event in group.events:
            batch.event(replace(event, incident_id=number), EventChange.MOVED)
        if group.key not in elsewhere:
            batch.claim(*group.key, number)
    return elsewhere


def _title(lead: Snapshot, monitor: Monitor | None, group: Group, impact: float | None) -> str:
    """Return the title that a sync would have given the incident of a key."""
    # what sync stands on is slow to import, and few commands open anything up
    from opsloop.service.sync.timers import row_of
    from opsloop.service.sync.titles import title_of

    if monitor is None:
        return f"{lead.event.monitor_id}: {lifecycle.key_in_words(group.key[1])}"
    return title_of(row_of(lead), monitor, group.firing, impact)


def _untouched(connection: Connection, row: LogRow) -> list[Incident]:
    """Return the incidents that one transaction took out; raises Refused once one was worked on."""
    numbers = openings.opened_in(connection, row.subject["other_incident_id"], row.batch_id)
    found = sync_state.incidents_by_id(connection, numbers)
    for one in found.values():
        if one.decision_version > 1 or not one.state.is_open:
            raise Refused(
                f"Incident {one.incident_id}, which was taken out of {row.incident_id}, was "
                "decided about since.",
                f"Merge those that belong together into {row.incident_id} instead.",
            )
    return [found[number] for number in numbers]


def _require_undecided(source: Incident, log: Sequence[LogRow], last: LogRow) -> None:
    """Raise Refused if something was decided after a row, and is not taken back yet."""
    later = [
        row
        for before, row in pairwise(log)
        if row.version > last.version and row.decision_version > before.decision_version
    ]
    undone = {row.subject.get("reverses_batch_id") for row in later}
    batches = {row.batch_id for row in later}
    stands = [
        row
        for row in later
        if row.batch_id not in undone and row.subject.get("reverses_batch_id") not in batches
    ]
    if stands:
        raise Refused(
            f"Incident {source.incident_id} was decided about after that: "
            f"{stands[-1].action.replace('_', ' ')} by {stands[-1].actor.id}.",
            "Undo the later decision first, or decide anew.",
        )


def _undo_part(batch: Batch, row: LogRow, actor: Actor) -> Incident:
    """Let what one transaction took out come back; its incidents end as merged."""
    connection = batch.connection
    source = queries.incident(connection, row.incident_id)
    last = queries.rows_of_batch(connection, row.batch_id)[-1]
    _require_undecided(source, queries.log(connection, source.incident_id), last)
    returning = _untouched(connection, row)
    before = queries.incident_at(connection, source.incident_id, row.version - 1)
    left = queries.incident_at(connection, source.incident_id, last.version)
    reverses = {"reverses_batch_id": row.batch_id}
    for one in returning:
        ended = lifecycle.merge(one, before, None, batch.now)
        subject = {**ended.subject, **reverses}
        batch.record(one, replace(ended, subject=subject), actor)
    change = lifecycle.undo(source, before, row.batch_id, batch.now, left=left)
    numbers = lifecycle.numbers_with(source, returning)
    after = batch.record(source, replace(change, after={**change.after, **numbers}), actor)
    if not source.state.is_open:
        take_keys_back(batch, after)
    numbers_back = [one.incident_id for one in returning]
    move(batch, openings.events_of_all(connection, numbers_back), source.incident_id)
    return after
