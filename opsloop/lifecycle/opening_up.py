"""One incident that holds many keys, opened up: which keys leave, and what stays. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opsloop.errors import NotFound, Refused
from opsloop.lifecycle.actions import acknowledgement
from opsloop.lifecycle.transitions import require_allowed
from opsloop.types import Action, Change, Event, Incident, ResolutionCode, Severity, State

_DIGITS = 6  # as sync rounds sums of impacts
Key = tuple[str, str]  # monitor, group key


@dataclass(frozen=True, slots=True)
class Part:
    """Which keys of an incident to take out. What is said of them has to hold together.

    Args:
        keys: group keys, as they are stored or as `key_in_words` says them; empty = any.
        entity: the keys of which this entity has an event.
        worst: only so many, the worst first.
    """

    keys: tuple[str, ...] = ()
    entity: str | None = None
    worst: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """The events of one key in one incident."""

    key: Key
    events: tuple[Event, ...]

    @property
    def firing(self) -> int:
        """How many of them fire."""
        return sum(event.firing for event in self.events)

    @property
    def severity(self) -> Severity | None:
        """The worst severity among those that fire."""
        found = [event.severity for event in self.events if event.firing and event.severity]
        return min(found, key=lambda one: one.rank, default=None)

    @property
    def impact(self) -> float:
        """What those that fire add up to, in their monitor's unit; 0 where nothing was measured."""
        return sum(event.impact or 0 for event in self.events if event.firing)


def key_in_words(group_key: str) -> str:
    """Return a group key as people say it: `["JFK", "UA"]` → `JFK, UA`."""
    try:
        values = json.loads(group_key)
    except ValueError:
        return group_key
    if not isinstance(values, list):
        return group_key
    return ", ".join("–" if value is None else str(value) for value in values)


def groups_of(events: Iterable[Event]) -> list[Group]:
    """Return events by their key, the worst first: by severity, then by impact."""
    by_key: dict[Key, list[Event]] = {}
    for event in events:
        by_key.setdefault((event.monitor_id, event.group_key), []).append(event)
    groups = [Group(key, tuple(found)) for key, found in by_key.items()]
    return sorted(groups, key=_worst_first)


def choose(incident: Incident, events: Iterable[Event], part: Part) -> list[Group]:
    """Return the keys to take out, the worst first. A key of which nothing fires stays.

    Raises:
        NotFound: the incident has no such key, or no event of the entity.
        Refused: nothing of what is meant fires, or no key is asked for.
    """
    require_allowed(incident, Action.SPLIT)
    number = incident.incident_id
    if part.worst is not None and part.worst < 1:
        raise Refused(
            f"Incident {number}: {part.worst} keys cannot be taken out.", "Say 1 or more."
        )
    groups = groups_of(events)
    wanted = set(part.keys)
    found = {name for group in groups for name in wanted & _names(group)}
    if missing := sorted(wanted - found):
        raise NotFound(f"Incident {number} has no key {missing[0]!r}.", _SEE)
    if wanted:
        groups = [group for group in groups if wanted & _names(group)]
    if part.entity is not None:
        groups = [group for group in groups if _has_entity(group, part.entity)]
        if not groups:
            raise NotFound(f"Incident {number} has no event of {part.entity!r}.", _SEE)
    groups = [group for group in groups if group.firing]
    if not groups:
        raise Refused(
            f"Incident {number}: nothing of that fires any more.",
            "What has cleared stays where it is.",
        )
    return groups[: part.worst]


def open_up(source: Incident, leaving: Sequence[Group], first: int, now: datetime) -> Change:
    """Let keys leave, each for an incident of its own.

    Args:
        leaving: the events that leave.
        first: the number of the first of the new incidents, which are numbered on from it.
    """
    require_allowed(source, Action.SPLIT)
    total = sum(len(group.events) for group in leaving)
    after: dict[str, Any] = {
        "events_total": source.events_total - total,
        "events_firing": source.events_firing - sum(group.firing for group in leaving),
        **acknowledgement(source, now),
    }
    # what leaves takes its impact along, also the last: else two incidents would count it
    if source.impact is not None:
        own = sum(group.impact for group in leaving if group.key[0] == source.monitor_id)
        after["impact"] = round(source.impact - own, _DIGITS)
    return Change(Action.SPLIT, now, after, {"other_incident_id": first})


def end_opened_up(source: Incident, worst: int, now: datetime) -> Change:
    """End an incident of which all that fires has left: its work goes on elsewhere.

    Args:
        worst: the new incident that it is said to go on in, one of several.
    """
    after = {
        "state": State.RESOLVED,
        "resolution_code": str(ResolutionCode.DUPLICATE),
        "resolved_at": now,
        "merged_into": worst,
        **acknowledgement(source, now),
    }
    return Change(Action.MERGED, now, after, {"other_incident_id": worst})


def numbers_with(source: Incident, returning: Iterable[Incident]) -> dict[str, Any]:
    """Return what an incident says of its events once those of others have come back to it."""
    returning = list(returning)
    firing = source.events_firing + sum(one.events_firing for one in returning)
    numbers: dict[str, Any] = {
        "events_total": source.events_total + sum(one.events_total for one in returning),
        "events_firing": firing,
    }
    own = [one for one in returning if one.monitor_id == source.monitor_id and one.events_firing]
    impacts = [one.impact for one in own if one.impact is not None]
    if source.events_firing and source.impact is not None:
        impacts.append(source.impact)
    if impacts:
        numbers["impact"] = round(sum(impacts), _DIGITS)
    severities = [one.severity for one in (source, *returning) if one.severity]
    worst = min(severities, key=lambda one: one.rank, default=None)
    if worst is not None and worst is not source.severity:
        numbers["severity"] = worst
    return numbers


_SEE = "`opsloop incidents show` names its events and their keys."


def _names(group: Group) -> set[str]:
    return {group.key[1], key_in_words(group.key[1])}


def _has_entity(group: Group, entity: str) -> bool:
    return any(event.entity_id == entity for event in group.events)


def _worst_first(group: Group) -> tuple[bool, int, float, Key]:
    rank = group.severity.rank if group.severity else len(Severity)
    return not group.firing, rank, -group.impact, group.key
