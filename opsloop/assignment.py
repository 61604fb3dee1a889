"""Who of a team gets an incident. Pure: who is away and what they have in hand is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from opsloop.types import Incident


class Assign(StrEnum):
    """How a team's incidents find their person."""

    PULL = "pull"  # nobody is given anything: people take
    ROUND_ROBIN = "round_robin"
    LEAST_LOADED = "least_loaded"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a team, as they stand at the moment of the decision.

    `limit` is how many open incidents they may have before they get no more; None = any number.
    `recent_minutes` is the work they logged in the window that the caller looks at.
    `last_assigned_at` is when a rule last gave them an incident; None = never.
    """

    person: str
    is_away: bool = False
    open_items: int = 0
    limit: int | None = None
    recent_minutes: float = 0
    last_assigned_at: datetime | None = None

    @property
    def hindrance(self) -> str | None:
        """Why they can get nothing now, in words; None if they can."""
        if self.is_away:
            return f"{self.person} is away"
        if self.limit is not None and self.open_items >= self.limit:
            return f"{self.person} is full ({self.open_items} open, limit {self.limit})"
        return None


@dataclass(frozen=True, slots=True)
class Roster:
    """A team as it stands at the moment of the decision.

    `members` are in the order of opsloop.yml, which is that of their turns. `last` is who got the
    team's last incident by a rule; None = nobody yet.
    """

    team: str
    members: tuple[Member, ...]
    lead: str | None = None
    last: str | None = None

    def after(self, person: str, at: datetime) -> Roster:
        """Return the team after `person` got one more incident at `at`."""
        members = tuple(
            replace(one, open_items=one.open_items + 1, last_assigned_at=at)
            if one.person == person
            else one
            for one in self.members
        )
        return replace(self, members=members, last=person)


@dataclass(frozen=True, slots=True)
class Assigned:
    """Who gets an incident, and why.

    `person` is None where people take for themselves, and where nobody can; then the team's `lead`
    is to see it (None = the team has no lead).
    """

    person: str | None
    why: str
    lead: str | None = None


def assign(how: Assign, roster: Roster, incident: Incident | None = None) -> Assigned:
    """Return who of the team gets the incident.

    A manual assignment stays: an incident that a person gave to somebody, or on purpose to nobody
    of a team, is returned as it stands, whatever `how` says and whoever is away or full.

    Args:
        how: the rule's way, else the team's.
        roster: the team now. In a burst, pass `roster.after(person, at)` on to the next.
        incident: the incident as it stands; None = it opens now.
    """
    if incident is not None and incident.assignment_kind == "manual":
        holder = incident.assignee or f"nobody of {incident.team}"
        return Assigned(incident.assignee, f"Assigned to {holder} by hand, and that stays.")
    if how is Assign.PULL:
        return Assigned(None, f"People of {roster.team} take for themselves.")
    able = [member for member in roster.members if member.hindrance is None]
    if not able:
        return _nobody(roster)
    if how is Assign.ROUND_ROBIN:
        return _next_in_turn(roster)
    return _least_loaded(roster, able)


def _next_in_turn(roster: Roster) -> Assigned:
    """Return the first in turn who can get it; there is one."""
    passed_over = []
    for member in _turns(roster):
        if member.hindrance is None:
            break
        passed_over.append(member.hindrance)
    reason = f"after {roster.last}" if roster.last else "the first turn"
    why = f"Round robin: it is {member.person}'s turn, {'; '.join([reason, *passed_over])}."
    return Assigned(member.person, why)


def _turns(roster: Roster) -> Sequence[Member]:
    """Return the members in the order of their turns, beginning after the last who got one.

    Where the last has left the team, whose turn is longest ago begins.
    """
    members = roster.members
    names = [member.person for member in members]
    if roster.last in names:
        first = names.index(roster.last) + 1
    else:
        first = min(range(len(members)), key=lambda place: (_last(members[place]), place))
    return (*members[first:], *members[:first])


def _least_loaded(roster: Roster, able: Sequence[Member]) -> Assigned:
    """Return who has the fewest open; then worked least, waited longest, comes first by name."""
    best = min(able, key=_load)
    others = [member.hindrance for member in roster.members if member.hindrance is not None]
    load = f"has the least in hand ({best.open_items} open, {best.recent_minutes:g} min recently)"
    return Assigned(best.person, f"Least loaded: {'; '.join([f'{best.person} {load}', *others])}.")


def _load(member: Member) -> tuple[int, float, datetime, str]:
    return member.open_items, member.recent_minutes, _last(member), member.person


def _last(member: Member) -> datetime:
    """Return when they last got one; never counts as longest ago."""
    return member.last_assigned_at or datetime.min.replace(tzinfo=UTC)


def _nobody(roster: Roster) -> Assigned:
    hindrances = [member.hindrance for member in roster.members if member.hindrance is not None]
    reason = "; ".join(hindrances) or "it has no members"
    sees = f"{roster.lead} leads it and sees it" if roster.lead else "it has no lead"
    return Assigned(None, f"Nobody of {roster.team} can: {reason}; {sees}.", roster.lead)
