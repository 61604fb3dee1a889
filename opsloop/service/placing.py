"""Where a new incident goes: its team, its service level and, if the team says so, its person.

The reasons are kept with the row that opens it, for `opsloop explain`: what rules looked at changes
later.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from opsloop.assignment import Assign, Assigned, Member, Roster, assign
from opsloop.clocks import ClockSettings
from opsloop.config import Config
from opsloop.routing import Facts, route
from opsloop.store import rosters
from opsloop.store.terms import Versions
from opsloop.types import Severity

if TYPE_CHECKING:
    from opsloop.store.engine import Connection

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Placed:
    """The after-values of an opening that rules decide, and the reasons in words."""

    after: Mapping[str, Any]
    why: tuple[str, ...]


class Placer:
    """Places the incidents that one transaction opens.

    Args:
        connection: in that transaction.
        config: rules, teams and the default service level.
        versions: of the settings in force; None = none were applied, and no clocks run.
        calendars: of those versions, for rules about open hours.
    """

    def __init__(
        self,
        connection: Connection,
        config: Config,
        versions: Versions | None,
        calendars: ClockSettings,
    ) -> None:
        self._connection = connection
        self._config = config
        self._versions = versions
        self._calendars = calendars
        self._rosters: dict[str, Roster] = {}

    def place(self, facts: Facts) -> Placed:
        """Return where an incident with these facts goes."""
        routed = route(self._config.rules, facts, self._is_open)
        level = routed.service_level or self._config.default_service_level
        assigned = self._assign(routed.team, routed.assign, facts.at)
        after: dict[str, Any] = {
            "team": routed.team,
            "assignee": assigned.person,
            "assignment_kind": "rule",
            **self._terms(level),
        }
        # where nothing was decided there is nothing to explain, and a burst writes thousands
        is_plain = not routed.tried and assigned.person is None and assigned.lead is None
        return Placed(after, () if is_plain else (*routed.in_words(), assigned.why))

    def _terms(self, level: str | None) -> dict[str, Any]:
        """Return what the clocks are computed by; the same columns in any case."""
        if level is None or self._versions is None:
            return dict.fromkeys(("policy", "policy_version", "calendar_version"))
        return {
            "policy": level,
            "policy_version": self._versions.policy_version,
            "calendar_version": self._versions.calendar_version,
        }

    def _assign(self, team: str, how: Assign | None, at: datetime) -> Assigned:
        settings = self._config.teams.get(team)
        how = how or (settings.assign if settings else Assign.PULL)
        if settings is None or how is Assign.PULL:
            return assign(Assign.PULL, Roster(team, ()))
        roster = self._rosters.get(team) or self._roster(team, at)
        assigned = assign(how, roster)
        if assigned.person:
            roster = roster.after(assigned.person, at)
        self._rosters[team] = roster
        return assigned

    def _roster(self, name: str, at: datetime) -> Roster:
        team = self._config.teams[name]
        absent = rosters.away(self._connection, at)
        loads = rosters.loads(self._connection, team.members, at)
        members = tuple(
            Member(
                person,
                person in absent,
                loads[person].open_items,
                team.limit_of(person),
                loads[person].recent_minutes,
                loads[person].last_assigned_at,
            )
            for person in team.members
        )
        given = [one for one in members if one.last_assigned_at]
        last = max(given, key=lambda one: one.last_assigned_at or at, default=None)
        return Roster(name, members, team.lead, last.person if last else None)

    def _is_open(self, calendar: str, at: datetime) -> bool:
        return self._calendars.calendar(calendar).elapsed(at, at + _SECOND) > 0


def facts_of(
    config: Config,
    at: datetime,
    *,
    owner: str | None,
    row_owner: str | None = None,
    monitor: str | None = None,
    severity: Severity | None = None,
    entity: str | None = None,
    class_: str | None = None,
    evidence: str = "{}",
) -> Facts:
    """Return what rules look at. An owner that is no team is passed over.

    Args:
        at: when it opens.
        owner: the team that has it unless a row or a rule says otherwise.
        row_owner: the team that the event's row names.
        evidence: the event's columns, as JSON.
    """
    return Facts(
        at=at,
        owner=owner if owner in config.teams else config.maintainers,
        row_owner=row_owner if row_owner in config.teams else None,
        monitor=monitor,
        severity=severity,
        entity=entity,
        class_=class_,
        evidence=json.loads(evidence) if config.rules else {},
    )
