"""Standing still and going on: waiting for somebody, sleeping until later. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from opsloop.errors import Refused
from opsloop.lifecycle.actions import acknowledgement
from opsloop.lifecycle.transitions import after_snooze, at_work, require_allowed
from opsloop.types import Action, Change, Incident, State

WAITING_KINDS = ("customer", "supplier", "team", "person", "other")
LONGEST_SNOOZE = timedelta(days=366)
LONGEST_PAUSE_S = 366 * 86_400  # between two follow-ups


def wait(
    incident: Incident,
    *,
    kind: str,
    on: str,
    reason: str,
    follow_up_at: datetime | None,
    every_s: int | None,
    now: datetime,
) -> Change:
    """Let the incident wait on somebody; its clocks stand still if the service level says so.

    Args:
        kind: what they are, one of `WAITING_KINDS`.
        on: who.
        reason: for what.
        follow_up_at: until when; then they are to be asked again. UTC; None = never.
        every_s: business time from one follow-up to the next, in seconds; None = there is one.
    """
    require_allowed(incident, Action.SET_WAITING)
    if kind not in WAITING_KINDS:
        raise Refused(f"Nobody waits on a {kind!r}.", f"Use one of: {', '.join(WAITING_KINDS)}.")
    for what, text in (("on whom", on), ("for what", reason)):
        if not text.strip():
            raise Refused(f"Incident {incident.incident_id}: it is not said {what} it waits.")
    if follow_up_at is not None:
        _require_later(incident, "follow-up", follow_up_at, now)
    if every_s is not None and not 0 < every_s <= LONGEST_PAUSE_S:
        raise Refused(
            f"Incident {incident.incident_id} cannot be followed up every {every_s} s.",
            "Give more than nothing, and at most a year.",
        )
    after = {
        "state": State.WAITING,
        "waiting_kind": kind,
        "waiting_on": on.strip(),
        "waiting_reason": reason.strip(),
        "waiting_since": now,
        "follow_up_at": follow_up_at,
        "follow_up_every_s": every_s,
        "follow_ups": 0,
        **acknowledgement(incident, now),
    }
    return Change(Action.SET_WAITING, now, after)


def follow_up(
    incident: Incident, next_at: datetime | None, text: str | None, now: datetime
) -> Change:
    """Note that whom the incident waits on was asked once more.

    A decision, so that of two people only one asks.

    Args:
        next_at: when to ask again, UTC; None = never.
    """
    require_allowed(incident, Action.FOLLOWED_UP)
    if next_at is not None:
        _require_later(incident, "follow-up", next_at, now)
    after = {
        "follow_up_at": next_at,
        "follow_ups": (incident.follow_ups or 0) + 1,
        **acknowledgement(incident, now),
    }
    return Change(Action.FOLLOWED_UP, now, after, text=(text or "").strip() or None)


def resume(incident: Incident, text: str | None, now: datetime) -> Change:
    """Go on with an incident that waited."""
    require_allowed(incident, Action.RESUMED)
    after = {"state": at_work(incident), **acknowledgement(incident, now)}
    return Change(Action.RESUMED, now, after, text=(text or "").strip() or None)


def snooze(
    incident: Incident,
    *,
    until: datetime | None,
    more_events: int | None,
    worse_by: float | None,
    reason: str,
    now: datetime,
) -> Change:
    """Let the incident sleep until a moment, or until it grows; whichever comes first.

    Putting it off is no work on it: if it clears meanwhile, sync resolves it.

    Args:
        until: UTC, within a year.
        more_events: how many events may still join before it wakes.
        worse_by: by what share an event may worsen before it wakes; 0.5 = half again.
    """
    require_allowed(incident, Action.SNOOZED)
    if until is None and more_events is None and worse_by is None:
        raise Refused(
            f"Incident {incident.incident_id} cannot sleep without an end.",
            "Say until when, until how many more events, or until how much worse.",
        )
    if until is not None:
        _require_later(incident, "snooze", until, now)
        if until > now + LONGEST_SNOOZE:
            raise Refused(
                f"Incident {incident.incident_id} cannot sleep for longer than a year.",
                "Accept it with an end, if it is known and agreed.",
            )
    if any(limit is not None and not limit > 0 for limit in (more_events, worse_by)):
        raise Refused(
            f"Incident {incident.incident_id} would wake at once.", "Give a number above 0."
        )
    after = {
        "state": State.SNOOZED,
        "snoozed_until": until,
        "wake_events": None if more_events is None else incident.events_total + more_events,
        "wake_share": worse_by,
        **acknowledgement(incident, now),
    }
    return Change(Action.SNOOZED, now, after, text=reason.strip() or None)


def wake(incident: Incident, now: datetime) -> Change:
    """End a snooze early; the incident is again as it was before."""
    require_allowed(incident, Action.WOKEN)
    after = {"state": after_snooze(incident), **acknowledgement(incident, now)}
    return Change(Action.WOKEN, now, after)


def _require_later(incident: Incident, what: str, at: datetime, now: datetime) -> None:
    if at <= now:
        raise Refused(
            f"Incident {incident.incident_id}: the {what} at {at:%Y-%m-%d %H:%M} UTC is over.",
            "Give a moment in the future.",
        )
