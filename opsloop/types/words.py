"""The words that every other module shares: states, severities, actions, dispositions."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal


class State(StrEnum):
    """Where an incident stands."""

    NEW = "new"
    ACTIVE = "active"
    WAITING = "waiting"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self not in (State.RESOLVED, State.CLOSED)


Priority = Literal["P1", "P2", "P3", "P4"]
PRIORITIES: tuple[Priority, ...] = ("P1", "P2", "P3", "P4")  # most pressing first, also as texts
# what kind of work an incident is, or what an escalation asks for
WorkClass = Literal["exception", "request", "question", "improvement"]
CLASSES: tuple[WorkClass, ...] = ("exception", "request", "question", "improvement")
OPEN_STATES = tuple(state for state in State if state.is_open)


class Severity(StrEnum):
    """How bad an event is, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for critical to 3 for low: smaller is worse."""
        return _SEVERITY_RANK[self]


_SEVERITY_RANK = {severity: rank for rank, severity in enumerate(Severity)}


class Kind(StrEnum):
    """What a monitor's row means: true now, happened once, or an aggregate out of its band."""

    STATE = "state"
    EVENT = "event"
    METRIC = "metric"


class ActorKind(StrEnum):
    """Who wrote a log row."""

    PERSON = "person"
    RULE = "rule"
    SYNC = "sync"
    IMPORT = "import"


class Action(StrEnum):
    """What a row of the incident log says happened."""

    OPENED = "opened"
    ATTACHED = "attached"  # events joined
    CLEARED = "cleared"  # some events cleared, others still fire
    WORSENED = "worsened"
    RELEASED = "released"  # firing events left for another incident
    ALL_CLEAR = "all_clear"  # nothing fires any more; on a resolved incident: the fix is verified
    EVIDENCE_LOST = "evidence_lost"  # event rows are missing from the warehouse
    MONITOR_GONE = "monitor_gone"
    MONITOR_BACK = "monitor_back"  # the project has it again
    TAKEN = "taken"
    ASSIGNED = "assigned"
    PRIORITIZED = "prioritized"
    CLASSIFIED = "classified"
    POLICY_APPLIED = "policy_applied"  # another service level, or a new version of it
    COMMENTED = "commented"
    UPDATED = "updated"  # whoever is affected was told how it stands
    ESCALATED = "escalated"
    NUDGED = "nudged"  # asked once more
    FOLLOWED_UP = "followed_up"  # whom it waits on was asked once more
    ANSWERED = "answered"
    LINKED = "linked"
    UNLINKED = "unlinked"
    TIMER_STARTED = "timer_started"
    WORKED = "worked"
    CORRECTED = "corrected"  # other minutes count instead of an earlier row's
    SET_WAITING = "set_waiting"
    RESUMED = "resumed"
    QUESTIONED = "questioned"  # nobody has said anything of it for long
    TAKEN_BACK = "taken_back"  # it is nobody's again: nothing was said after that either
    SNOOZED = "snoozed"
    WOKEN = "woken"
    MERGED = "merged"  # its work goes on in another incident
    ABSORBED = "absorbed"  # another incident's events came into this one
    SPLIT = "split"  # some of its events left for an incident of their own
    RESOLVED = "resolved"
    CLOSED = "closed"
    REOPENED = "reopened"
    UNDONE = "undone"  # what a batch decided is as it was before


class RefusalReason(StrEnum):
    """Why somebody was not let do something."""

    ROLE = "role"  # they lack the role that it needs
    UNKNOWN_PERSON = "unknown_person"  # the settings know nobody of that name
    NOT_FOUND = "not_found"  # what they named does not exist
    OUTDATED = "outdated"  # somebody decided something since they looked
    NOT_ALLOWED = "not_allowed"  # the incident's life does not allow it now


class ResolutionCode(StrEnum):
    """Why an incident ended. `cleared_by_itself` and `rule_changed` are given by sync alone."""

    FIXED = "fixed"
    CLEARED_BY_ITSELF = "cleared_by_itself"
    RULE_CHANGED = "rule_changed"
    FALSE_ALARM = "false_alarm"
    DUPLICATE = "duplicate"
    ACCEPTED = "accepted"


class EventChange(StrEnum):
    """What a row of the incident event log says happened to the event."""

    APPEARED = "appeared"
    WORSENED = "worsened"
    CLEARED = "cleared"
    FIRED_AGAIN = "fired_again"  # the same event row fires after it had cleared
    LOST = "lost"  # the warehouse no longer has the row
    FOUND = "found"  # it has the row again
    RELEASED = "released"  # what suppressed it ended and it still fires
    MOVED = "moved"  # to another incident, by a person


class Disposition(StrEnum):
    """What sync did with an event."""

    ATTACHED = "attached"  # it is part of an incident and holds its key there
    LATE = "late"  # it began before its key's last incident was resolved: part of that one
    MUTED = "muted"
    ACCEPTED = "accepted"
    MAINTENANCE = "maintenance"
    INHIBITED = "inhibited"
    RECORDED = "recorded"  # known, and nothing to do


SUPPRESSED = (
    Disposition.MUTED,
    Disposition.ACCEPTED,
    Disposition.MAINTENANCE,
    Disposition.INHIBITED,
)

# an open incident holds the keys of events of these
HOLDING = (Disposition.ATTACHED, Disposition.LATE)
