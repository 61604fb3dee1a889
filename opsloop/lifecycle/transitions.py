"""What may happen to an incident in which state, and where it may lead: one table.

Actions, the check of every written row, the diagram in docs/lifecycle.md and the exhaustive tests
come from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from opsloop.errors import Refused
from opsloop.types import OPEN_STATES, Action, Incident, State

Row = Mapping[State, tuple[State, ...]]

_AT_WORK = (State.NEW, State.ACTIVE)
_ENDED = (State.RESOLVED, State.CLOSED)


def _stays(states: Iterable[State]) -> Row:
    return {state: (state,) for state in states}


def _leads(states: Iterable[State], *to: State) -> Row:
    return dict.fromkeys(states, to)


# The states in which an action may be taken, and those it may lead to from there.
TRANSITIONS: Mapping[Action, Row] = {
    # what sync finds
    Action.ATTACHED: _stays(State),
    Action.CLEARED: _stays(State),
    Action.WORSENED: _stays(State),
    Action.RELEASED: _stays(State),
    Action.ALL_CLEAR: _stays(State),
    Action.EVIDENCE_LOST: _stays(OPEN_STATES),
    Action.MONITOR_GONE: _stays(OPEN_STATES),
    Action.MONITOR_BACK: _stays(OPEN_STATES),
    # who has it, and how much it matters
    Action.TAKEN: _leads(OPEN_STATES, State.ACTIVE),
    Action.ASSIGNED: _stays(OPEN_STATES),
    Action.PRIORITIZED: _stays(OPEN_STATES),
    Action.CLASSIFIED: _stays(State),
    Action.POLICY_APPLIED: _stays(OPEN_STATES),
    # what is said and asked
    Action.COMMENTED: _stays(State),
    Action.UPDATED: _stays(State),
    Action.ESCALATED: _stays(OPEN_STATES),
    Action.NUDGED: _stays(State),
    Action.ANSWERED: _stays(State),
    Action.LINKED: _stays(State),
    Action.UNLINKED: _stays(State),
    Action.TIMER_STARTED: _stays(State),
    Action.WORKED: _stays(State),
    Action.CORRECTED: _stays(State),
    # standing still, and going on
    Action.SET_WAITING: _leads(OPEN_STATES, State.WAITING),
    Action.FOLLOWED_UP: _stays((State.WAITING,)),
    Action.RESUMED: _leads((State.WAITING,), *_AT_WORK),
    Action.SNOOZED: _leads(OPEN_STATES, State.SNOOZED),
    Action.WOKEN: _leads((State.SNOOZED,), State.NEW, State.ACTIVE, State.WAITING),
    Action.QUESTIONED: _stays((State.ACTIVE,)),
    Action.TAKEN_BACK: _leads((State.ACTIVE,), State.NEW),
    Action.ABSORBED: _stays(OPEN_STATES),
    Action.SPLIT: _stays(OPEN_STATES),
    # the end
    Action.MERGED: _leads(OPEN_STATES, State.RESOLVED),
    Action.RESOLVED: _leads(OPEN_STATES, State.RESOLVED),
    Action.CLOSED: _leads((State.RESOLVED,), State.CLOSED),
    Action.REOPENED: _leads(_ENDED, *_AT_WORK),
    Action.UNDONE: _leads(State, *State),
}

# Where an incident may begin: by a monitor, or entered by somebody who goes on with it at once.
OPENS_IN = _AT_WORK


def require_allowed(incident: Incident, action: Action) -> None:
    """Raise Refused unless the action may be taken in the incident's state."""
    if incident.source is not None:
        raise Refused(
            f"Incident {incident.incident_id} was imported from {incident.source}: it is history.",
            "Work on it where it came from, and import that log again.",
        )
    if incident.state not in TRANSITIONS[action]:
        raise Refused(
            f"Incident {incident.incident_id} is {incident.state} and cannot be "
            f"{action.replace('_', ' ')}.",
            "Reopen it first." if not incident.state.is_open else "",
        )


def check_transition(before: Incident | None, action: Action, after: Incident) -> None:
    """Raise ValueError if a row would leave the table: a bug of whoever made it, never written."""
    allowed = OPENS_IN if before is None else TRANSITIONS[action].get(before.state, ())
    if after.state not in allowed:
        was = before.state if before else "nothing"
        raise ValueError(
            f"incident {after.incident_id}: {action} leads from {was} to {after.state}, "
            "which lifecycle.TRANSITIONS does not have"
        )


def at_work(incident: Incident) -> State:
    """Return the state of an incident that nothing holds up: active if it is somebody's."""
    return State.ACTIVE if incident.assignee else State.NEW


def after_snooze(incident: Incident) -> State:
    """Return the state that an incident had before it was snoozed."""
    return State.WAITING if incident.waiting_kind else at_work(incident)


def diagram() -> str:
    """Return the table as a Mermaid state diagram, one arrow per pair of states."""
    arrows: dict[tuple[State, State], list[str]] = {}
    for action, row in TRANSITIONS.items():
        for state, leads_to in row.items():
            for target in leads_to:
                if target is not state and action is not Action.UNDONE:
                    arrows.setdefault((state, target), []).append(str(action).replace("_", " "))
    lines = [
        f"    {state} --> {target} : {', '.join(names)}"
        for (state, target), names in sorted(
            arrows.items(), key=lambda arrow: [list(State).index(one) for one in arrow[0]]
        )
    ]
    begins = [f"    [*] --> {state}" for state in OPENS_IN]
    return "\n".join(["stateDiagram-v2", *begins, *lines, ""])
