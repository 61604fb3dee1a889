"""The work log: minutes that people spent, timed or told; corrections are new rows. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from opsloop.errors import Refused
from opsloop.lifecycle.actions import acknowledgement, needed
from opsloop.lifecycle.transitions import require_allowed
from opsloop.types import Action, Change, Incident

LONGEST_WORK = timedelta(hours=24)  # in one row: a timer that ran longer was forgotten


def log_work(
    incident: Incident,
    person: str,
    minutes: float,
    now: datetime,
    *,
    started_at: datetime | None = None,
    text: str | None = None,
) -> Change:
    """Add minutes that a person worked on the incident.

    Args:
        started_at: when a timer was started, if the minutes come from one; UTC.
    """
    require_allowed(incident, Action.WORKED)
    _check_minutes(incident, minutes)
    subject = {"person": person, "minutes": minutes, "work_started_at": started_at}
    return Change(
        Action.WORKED,
        now,
        acknowledgement(incident, now),
        subject,
        text=(text or "").strip() or None,
        is_decision=False,
    )


def start_timer(incident: Incident, person: str, now: datetime) -> Change:
    """Start to count a person's time; the row that logs it names this moment."""
    require_allowed(incident, Action.TIMER_STARTED)
    return Change(
        Action.TIMER_STARTED,
        now,
        acknowledgement(incident, now),
        {"person": person, "work_started_at": now},
        is_decision=False,
    )


def correct_work(
    incident: Incident, log_id: str, person: str, minutes: float, text: str, now: datetime
) -> Change:
    """Let other minutes count instead of those of an earlier row; 0 = none of them.

    Args:
        log_id: of the row that is corrected.
        person: who worked, as that row says.
    """
    require_allowed(incident, Action.CORRECTED)
    if minutes:
        _check_minutes(incident, minutes)
    return Change(
        Action.CORRECTED,
        now,
        {},
        {"corrects_log_id": log_id, "person": person, "minutes": minutes},
        text=needed(incident, "A correction", text),
        is_decision=False,
    )


def _check_minutes(incident: Incident, minutes: float) -> None:
    longest = LONGEST_WORK.total_seconds() / 60
    if not 0 < minutes <= longest:
        raise Refused(
            f"Incident {incident.incident_id}: {minutes:g} minutes of work cannot be.",
            f"Give more than 0 and at most {longest:.0f}.",
        )
