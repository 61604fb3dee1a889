"""How an incident stood over time, without what was undone. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from opsloop.types import Action, Incident

_FIELDS = tuple(field.name for field in fields(Incident))


@dataclass(frozen=True, slots=True)
class Step:
    """The incident as the log left it after a row.

    Args:
        at: the row's effective_at, UTC. A row that claims an earlier time than the row before it
            counts from that one's.
        reverses_batch_id: the batch that this row undoes.
    """

    incident: Incident
    action: Action
    at: datetime
    batch_id: str
    reverses_batch_id: str | None = None


class Stand(NamedTuple):
    """How the incident stood from a moment on, which is cut to the second."""

    at: datetime
    action: Action
    incident: Incident

    @property
    def is_open(self) -> bool:
        """Whether somebody still had to do something."""
        return self.incident.state.is_open

    @property
    def is_merged(self) -> bool:
        """Whether the work had gone into another incident."""
        return self.incident.merged_into is not None

    @property
    def terms(self) -> tuple[object, ...]:
        """What an incident's targets hang on."""
        one = self.incident
        return one.policy, one.policy_version, one.calendar_version, one.priority


def stands_of(history: Sequence[Step]) -> list[Stand]:
    """Return how the incident stood, oldest first; nothing if its opening was undone.

    What a batch decided that was undone later never was: until it was undone, the incident stood as
    before, and its clocks ran (undo counts the gap). What others did meanwhile (a worsening that
    raised the priority, other settings) holds from when they did it; what people learned in the
    batch itself counts from the undoing on, with its own time.
    """
    undone = _undone_batches(history)
    if not history or history[0].batch_id in undone:
        return []
    stands: list[Stand] = []
    shadows: set[str] = set()  # batches that are in force for now, and will be undone
    before = history[0].incident
    for step in history:
        if step.batch_id in undone:
            shadows.add(step.batch_id)
        else:
            shadows.discard(step.reverses_batch_id or "")
        at = max([to_second(step.at), *(stand.at for stand in stands[-1:])])
        incident = step.incident
        if shadows:
            incident = stands[-1].incident
            if step.batch_id not in undone and not step.reverses_batch_id:
                incident = replace(incident, **_changed(before, step.incident))
        stands.append(Stand(at, step.action, incident))
        before = step.incident
    return stands


def since(stands: Sequence[Stand], holds: Callable[[Stand], bool]) -> datetime | None:
    """Return since when something holds that still does; None if it does not.

    How the incident stood for less than a second interrupts nothing.
    """
    moment = None
    for stand in reversed(stands):
        if stand.at == moment:
            continue
        if not holds(stand):
            break
        moment = stand.at
    return moment


def ended_at(stands: Sequence[Stand]) -> datetime | None:
    """Return when the incident ended, if it has."""
    return since(stands, lambda stand: not stand.is_open)


def terms_changed_at(stands: Sequence[Stand]) -> datetime | None:
    """Return the last time that what the targets hang on changed."""
    changes = [now.at for before, now in pairwise(stands) if before.terms != now.terms]
    return changes[-1] if changes else None


def to_second(at: datetime) -> datetime:
    """Return a moment without what is behind its second."""
    return at.replace(microsecond=0)


def _undone_batches(history: Sequence[Step]) -> set[str]:
    """Return the batches that were undone in the end: undoing an undoing restores."""
    undone: set[str] = set()
    for step in reversed(history):
        if step.reverses_batch_id and step.batch_id not in undone:
            undone.add(step.reverses_batch_id)
    return undone


def _changed(before: Incident, after: Incident) -> dict[str, Any]:
    """Return what a row changed of an incident, by field."""
    return {
        name: value for name in _FIELDS if (value := getattr(after, name)) != getattr(before, name)
    }
