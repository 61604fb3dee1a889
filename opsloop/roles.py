"""Who may do what: one table of what people do and the role that it needs. Pure.

Roles hold towards a team: that of the incident, or of the incidents, that somebody acts on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from opsloop.words import listed

NAMED = 3  # of those who may, in a message


class Role(StrEnum):
    """What somebody is to a team; each may do all that the one before may."""

    ANYBODY = "anybody"  # whom the settings name
    MEMBER = "member"  # of the team, or whoever the incident is assigned to
    LEAD = "lead"  # of the team
    ADMIN = "admin"  # one of `roles.admins`, or of the maintainers: to every team

    @property
    def rank(self) -> int:
        """0 for anybody to 3 for admins."""
        return _RANK[self]


_RANK = {role: rank for rank, role in enumerate(Role)}


class Deed(StrEnum):
    """What people do."""

    COMMENT = "comment"
    REPORT = "report"  # an incident that no monitor found
    LINK = "link"  # or take the link away
    NUDGE = "nudge"
    ANSWER = "answer"
    WORK = "work"  # log one's own minutes
    UNDO = "undo"  # what one decided oneself
    TAKE = "take"
    ASSIGN = "assign"
    CLASSIFY = "classify"
    UPDATE = "update"  # tell whoever is affected
    ESCALATE = "escalate"
    WAIT = "wait"
    FOLLOW_UP = "follow_up"
    RESUME = "resume"
    SNOOZE = "snooze"
    WAKE = "wake"
    MERGE = "merge"
    SPLIT = "split"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    CLOSE = "close"
    WORK_FOR_OTHERS = "work_for_others"  # log or correct somebody else's minutes
    AWAY = "away"  # note who is away; one's own absence is everybody's to note
    MERGE_TEAMS = "merge_teams"  # incidents of different teams into one
    PRIORITIZE = "prioritize"  # against the rule
    ACCEPT = "accept"  # resolve as known and agreed
    IMPROVE = "improve"  # open, start, move, finish or drop an improvement
    NOTE = "note"  # put something on a retrospective's agenda, or say what became of an action
    DECIDE = "decide"  # open or close a retrospective, and say what it decided
    MUTE = "mute"
    UNMUTE = "unmute"
    UNDO_OTHERS = "undo_others"  # what somebody else decided


# What each needs where the settings say nothing else. Words are free; what moves an incident is for
# those who answer for it; what hides it, or overrules a rule or a colleague, is for their lead.
NEEDS: Mapping[Deed, Role] = {
    Deed.COMMENT: Role.ANYBODY,
    Deed.REPORT: Role.ANYBODY,
    Deed.LINK: Role.ANYBODY,
    Deed.NUDGE: Role.ANYBODY,
    Deed.ANSWER: Role.ANYBODY,
    Deed.WORK: Role.ANYBODY,
    Deed.UNDO: Role.ANYBODY,
    Deed.TAKE: Role.MEMBER,
    Deed.ASSIGN: Role.MEMBER,
    Deed.CLASSIFY: Role.MEMBER,
    Deed.UPDATE: Role.MEMBER,
    Deed.ESCALATE: Role.MEMBER,
    Deed.WAIT: Role.MEMBER,
    Deed.FOLLOW_UP: Role.MEMBER,
    Deed.RESUME: Role.MEMBER,
    Deed.SNOOZE: Role.MEMBER,
    Deed.WAKE: Role.MEMBER,
    Deed.MERGE: Role.MEMBER,
    Deed.SPLIT: Role.MEMBER,
    Deed.RESOLVE: Role.MEMBER,
    Deed.REOPEN: Role.MEMBER,
    Deed.CLOSE: Role.MEMBER,
    Deed.WORK_FOR_OTHERS: Role.MEMBER,
    Deed.AWAY: Role.MEMBER,
    Deed.NOTE: Role.MEMBER,
    Deed.MERGE_TEAMS: Role.LEAD,
    Deed.PRIORITIZE: Role.LEAD,
    Deed.ACCEPT: Role.LEAD,
    Deed.IMPROVE: Role.LEAD,
    Deed.DECIDE: Role.LEAD,
    Deed.MUTE: Role.LEAD,
    Deed.UNMUTE: Role.LEAD,
    Deed.UNDO_OTHERS: Role.LEAD,
}


@dataclass(frozen=True, slots=True)
class Staff:
    """Who a team is. One that names nobody is everybody's; one without a lead is led by all."""

    lead: str | None = None
    members: Sequence[str] = ()

    @property
    def names_somebody(self) -> bool:
        """Whether anybody is known to be part of it."""
        return self.lead is not None or bool(self.members)

    def having(self, role: Role) -> tuple[str, ...]:
        """Return who has a role in it: `member` or `lead`."""
        if role is Role.LEAD:
            return (self.lead,) if self.lead else tuple(self.members)
        return tuple(dict.fromkeys((*([self.lead] if self.lead else []), *self.members)))


@dataclass(frozen=True, slots=True)
class Chart:
    """Who is who.

    Args:
        people: everybody that the settings name; nobody = whoever comes is known.
        teams: by name.
        admins: who may do everything.
        needs: the role that each deed needs; None = roles are not in force: who is known may do
            everything.
    """

    people: frozenset[str] = frozenset()
    teams: Mapping[str, Staff] = field(default_factory=dict)
    admins: frozenset[str] = frozenset()
    needs: Mapping[Deed, Role] | None = None


@dataclass(frozen=True, slots=True)
class Concern:
    """What somebody acts on: whose team's it is, and who has it."""

    team: str | None
    assignee: str | None = None


@dataclass(frozen=True, slots=True)
class Lack:
    """Why somebody may not do something: what it needs, towards which teams, and who may."""

    deed: Deed
    needs: Role
    teams: tuple[str, ...]
    who: tuple[str, ...]

    def in_words(self, naming: Callable[[str], str] = str) -> str:
        """Return what is needed: "a lead of shipping".

        Args:
            naming: says a team; else its id, as commands take it.
        """
        if self.needs is Role.ADMIN:
            return "an admin"
        teams = [naming(one) for one in self.teams]
        return f"a {self.needs} of {listed(teams) if teams else 'a team'}"

    def remedy(self) -> str:
        """Return whom to ask."""
        more = len(self.who) - NAMED
        names = [*self.who[:NAMED], *([f"{more} others"] if more > 0 else [])]
        return f"Ask {listed(names)}."


def is_known(chart: Chart, person: str) -> bool:
    """Return whether somebody may act at all."""
    return not chart.people or person in chart.people


def lack_of(chart: Chart, person: str, deed: Deed, concerns: Iterable[Concern]) -> Lack | None:
    """Return what somebody lacks to do something; None if they may.

    Args:
        concerns: what they act on. Of several, the role towards one is enough; for what concerns no
            team, that towards any.
    """
    if chart.needs is None:
        return None
    concerns = tuple(concerns) or _every_team(chart)
    needs = chart.needs[deed]
    if role_of(chart, person, concerns).rank >= needs.rank:
        return None
    teams = tuple(dict.fromkeys(one.team for one in concerns if one.team))
    return Lack(deed, needs, teams if len(teams) <= NAMED else (), _who(chart, needs, teams))


def role_of(chart: Chart, person: str, concerns: Iterable[Concern]) -> Role:
    """Return the highest role that a known person has towards what they act on."""
    if person in chart.admins:
        return Role.ADMIN
    held = (_role_towards(chart, person, one) for one in concerns)
    return max(held, key=lambda role: role.rank, default=Role.ANYBODY)


def _role_towards(chart: Chart, person: str, concern: Concern) -> Role:
    staff = chart.teams.get(concern.team or "", Staff())
    if not staff.names_somebody or person in staff.having(Role.LEAD):
        return Role.LEAD
    if person == concern.assignee or person in staff.having(Role.MEMBER):
        return Role.MEMBER
    return Role.ANYBODY


def _every_team(chart: Chart) -> tuple[Concern, ...]:
    """Return every team that names somebody; without any, one that is everybody's."""
    named = [name for name, staff in chart.teams.items() if staff.names_somebody]
    return tuple(Concern(name) for name in named) or (Concern(None),)


def _who(chart: Chart, needs: Role, teams: Iterable[str]) -> tuple[str, ...]:
    """Return who may: those of the teams first, then admins."""
    found: list[str] = []
    if needs is not Role.ADMIN:
        for team in teams:
            found += chart.teams.get(team, Staff()).having(needs)
    return tuple(dict.fromkeys((*found, *sorted(chart.admins))))
