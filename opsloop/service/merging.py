"""Merging incidents that are one, and taking apart one that is two; both can be undone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from opsloop import lifecycle
from opsloop.errors import NotFound, Refused
from opsloop.roles import Deed
from opsloop.service.acting import Acting
from opsloop.store import queries
from opsloop.store.batch import Batch
from opsloop.types import Action, Actor, Change, Event, EventChange, Incident


class Merging(Acting):
    """The actions that move events between incidents. Keys go with their events."""

    def merge(
        self,
        number: int,
        actor: Actor,
        *,
        into: int,
        text: str | None = None,
        expect: int | None = None,
        events_seen: int | None = None,
    ) -> Incident:
        """End an incident because another holds its work; returns the one that it ends.

        Args:
            into: the open incident that takes its events and keys.
            events_seen: how many events the person saw; more by now is refused.
        """
        with self._doing(Deed.MERGE, actor, number, into, expect=expect) as (batch, both):
            source, target = both
            if source.team != target.team:
                self._require_role(actor, Deed.MERGE_TEAMS, both)
            if events_seen is not None and events_seen < source.events_total:
                raise Refused(
                    f"Incident {number} has {source.events_total} events, you saw {events_seen}.",
                    "Look at the new ones first.",
                )
            ended = lifecycle.merge(source, target, text, batch.now)
            moved = queries.all_events_of(batch.connection, number)
            events = [*queries.all_events_of(batch.connection, into), *moved]
            after = batch.record(source, ended, actor)
            change = lifecycle.absorb(
                target, source, events, self._priority(target, events), batch.now
            )
            batch.record(target, change, actor)
            move(batch, moved, into)
            return after

    def split(
        self,
        number: int,
        actor: Actor,
        *,
        event_ids: Collection[str],
        title: str,
        expect: int | None = None,
    ) -> Incident:
        """Take events out into an incident of their own; returns the new one.

        Raises:
            NotFound: an event is not part of the incident.
            Refused: a key would be torn apart, or nothing would be left.
        """
        with self._doing(Deed.SPLIT, actor, number, expect=expect) as (batch, [source]):
            title = " ".join(title.split())
            if not title:
                raise Refused(f"The incident split off {number} needs a title.", "Write one.")
            events = queries.all_events_of(batch.connection, number)
            missing = set(event_ids) - {event.event_id for event in events}
            if missing:
                raise NotFound(f"Incident {number} has no event {sorted(missing)[0]}.")
            chosen = [event for event in events if event.event_id in set(event_ids)]
            staying = [event for event in events if event.event_id not in set(event_ids)]
            lifecycle.check_split(source, chosen, staying)
            new = batch.new_incident_ids()[0]
            batch.record(source, lifecycle.split(source, new, staying, batch.now), actor)
            after = lifecycle.opening_of_split(
                source, chosen, self._priority(source, chosen), batch.now
            )
            subject = {"other_incident_id": number, "link_kind": "split_from"}
            opening = Change(Action.OPENED, batch.now, after, subject, text=title)
            incident = batch.open(new, opening, actor)
            move(batch, chosen, new)
            return incident

    def _priority(self, incident: Incident, events: Sequence[Event]) -> str | None:
        """Return the priority by severity alone; the impact of several monitors has no bands."""
        numbers = lifecycle.numbers_of(incident, events)
        severity = numbers.get("severity", incident.severity)
        return self.config.priority_of(severity) if severity else None


def move(batch: Batch, events: Sequence[Event], number: int) -> None:
    """Let events, and the keys that their incident holds, go to another incident."""
    held = queries.claimed_by(
        batch.connection, {event.incident_id for event in events if event.incident_id is not None}
    )
    for event in events:
        batch.event(replace(event, incident_id=number), EventChange.MOVED)
        if (event.monitor_id, event.group_key) in held:
            batch.claim(event.monitor_id, event.group_key, number)
