"""Who can act: people at work, one thing at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from opsloop.config import Config
from opsloop.demo.script import COVERS
from opsloop.demo.shifts import next_on_duty, next_shift_of


@dataclass(slots=True)
class People:
    """The teams' people, and until when each is busy with what they did last."""

    config: Config
    _busy_until: dict[str, datetime] = field(default_factory=dict)

    def first_of(self, team: str | None, now: datetime) -> tuple[datetime, str] | None:
        """Return when somebody of a team can act, and who; None if nobody ever can."""
        name = COVERS.get(team or "", team or "")
        if name not in self.config.teams:
            return None
        found = next_on_duty(name, self.config.teams[name].members, now)
        if found is None:
            return None
        begins_at, present = found
        person = min(present, key=lambda one: (self._free_at(one, begins_at), one))
        return self._free_at(person, begins_at), person

    def when(self, person: str, now: datetime) -> datetime | None:
        """Return when a person can act; None if they never do."""
        team = self.config.team_of(person)
        if team is None:
            return None
        begins_at = next_shift_of(team, self.config.teams[team].members, person, now)
        return None if begins_at is None else self._free_at(person, begins_at)

    def occupy(self, person: str, until: datetime) -> None:
        """Keep a person busy."""
        self._busy_until[person] = until

    def _free_at(self, person: str, at: datetime) -> datetime:
        return max(at, self._busy_until.get(person, at))


def is_soon(at: datetime, now: datetime) -> bool:
    """Return whether a moment is now, as far as people go."""
    return at - now < timedelta(minutes=1)
