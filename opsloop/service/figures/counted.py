"""What each figure counts: a condition on incidents, and how it is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from opsloop.service.figures.outcomes import FALSE_ALARM, REVIEWED
from opsloop.service.figures.parts import NOBODYS
from opsloop.service.figures.service_levels import CAUSES, TARGETS

FINDERS = ("monitor", "staff", "customer")

# of what a figure may need beside part and period, the words that it may be; else it is any text
VALUES: Mapping[str, tuple[str, ...]] = {
    "target": TARGETS,
    "cause": CAUSES,
    "finder": FINDERS,
}


@dataclass(frozen=True, slots=True)
class Counted:
    """What a figure counts.

    Attributes:
        says: what its incidents have in common, as a sentence goes on after "1 incident" or
            "3 incidents".
        sql: a condition on `fct_incidents`. `{part}` stands for whose they are; `{came}`, `{went}`,
            `{handled}` and `{asked}` for that by the team they came to, went from, that handed
            them over or got them back, and that asked; `{moved}` for whether a hand-over counts,
            as it does for a team.
        needs: the values that it needs; see `VALUES`.
        says_of_team: the same where a team is looked at, if hand-overs count then.
        is_of_moves: whether an incident counts each time that it happens to it; it is listed once.
    """

    says: str
    sql: str
    needs: tuple[str, ...] = ()
    says_of_team: str = ""
    is_of_moves: bool = False

    @property
    def is_of_now(self) -> bool:
        """Whether it counts what is so now, whatever the period."""
        return "$until" not in self.sql


def _within(column: str) -> str:
    return f"{column} >= $since and {column} < $until"


def _with(table: str, condition: str, part: str = "{part}") -> str:
    return f"incident_id in (select incident_id from {table} where {part} and {condition})"


def _moved(condition: str, part: str = "{handled}") -> str:
    return _with("fct_incident_transitions", f"{_within('changed_at')} and {condition}", part)


_MOVE = "{moved} and was_open and is_open and from_team is distinct from to_team"
CAME = f"(from_state is null or is_reopening or ({_MOVE}))"
_WENT = f"(is_end or ({_MOVE}))"
_OPENED = "{part} and " + _within("opened_at")
_ENDED = "{part} and not is_open and " + _within("coalesce(resolved_at, closed_at)")
_TARGET = _within("opened_at") + " and target = $target"
_UNIT = f"coalesce(impact_unit, '{NOBODYS}') = $unit"
# came more often than it went: as the backlog is counted, so that the list is as long as it says
_BACKLOG = f"""
    incident_id in (
        select incident_id
        from (
            select incident_id, 1 as change from fct_incident_transitions
            where {{came}} and changed_at < $until and {CAME}
            union all
            select incident_id, -1 as change from fct_incident_transitions
            where {{went}} and changed_at < $until and {_WENT}
        )
        group by incident_id
        having sum(change) > 0
    )
"""

_FLOW: Mapping[str, Counted] = {
    "arrivals": Counted(
        "that came in: opened or reopened",
        _moved(CAME, "{came}"),
        says_of_team="that came in: opened, reopened, or handed over to the team",
        is_of_moves=True,
    ),
    "completions": Counted(
        "completed: resolved or merged",
        _moved(_WENT, "{went}"),
        says_of_team="completed: resolved, merged, or handed over by the team",
        is_of_moves=True,
    ),
    "backlog": Counted("open at the end of the period", _BACKLOG),
    "cleared": Counted(
        "that ended in the period as cleared by itself",
        _moved("is_end and not is_merge and resolution_code = 'cleared_by_itself'", "{went}"),
        is_of_moves=True,
    ),
    "open": Counted("open", "{part} and is_open"),
    "old": Counted(
        "open for longer than 85 of 100 took",
        _with("rpt_open_work", "age_band in ('beyond_p85', 'beyond_p95')"),
    ),
}

_COHORT: Mapping[str, Counted] = {
    "opened": Counted("opened in the period", _OPENED),
    "still_open": Counted("opened in the period and still open", _OPENED + " and is_open"),
    "reopened": Counted(
        "opened in the period, and reopened since", _OPENED + " and reopened_count > 0"
    ),
    "met": Counted(
        "opened in the period that met the target",
        _with("fct_clocks", _TARGET + " and outcome = 'met'"),
        ("target",),
    ),
    "missed": Counted(
        "opened in the period that missed the target",
        _with("fct_clocks", _TARGET + " and outcome = 'missed'"),
        ("target",),
    ),
    "missed_by": Counted(
        "opened in the period that missed the target for this cause",
        _with("fct_clocks", _TARGET + " and cause = $cause"),
        ("target", "cause"),
    ),
    "running": Counted(
        "opened in the period whose target is not due yet",
        _with("fct_clocks", _TARGET + " and outcome = 'running'"),
        ("target",),
    ),
    "found_by": Counted(
        "opened in the period and found by", _OPENED + " and found_by = $finder", ("finder",)
    ),
    "again": Counted(
        "opened in the period within 14 days after the same entity's last one ended",
        _OPENED
        + " and incident_id in (select incident_id from fct_repeat_contacts"
        + " where is_within_14_days)",
    ),
}

_WORKED = _with("fct_work", _within("worked_at") + " and minutes > 0")
_WORK: Mapping[str, Counted] = {
    "worked": Counted("with minutes recorded of work in the period", _WORKED),
    "worked_of_monitor": Counted(
        "with minutes recorded of work in the period",
        f"{_WORKED} and coalesce(monitor_id, '{NOBODYS}') = $monitor_id",
        ("monitor_id",),
    ),
    "worked_of_type": Counted(
        "with minutes recorded of work in the period",
        f"{_WORKED} and coalesce(type, '{NOBODYS}') = $incident_type",
        ("incident_type",),
    ),
    "worked_of_team": Counted(
        "with minutes recorded of work in the period",
        f"{_WORKED} and coalesce(team, '{NOBODYS}') = $incident_team",
        ("incident_team",),
    ),
    "unrecorded": Counted(
        "that ended in the period without any minutes",
        _ENDED + " and incident_id in "
        "(select incident_id from fct_incident_work where touch_minutes is null)",
    ),
    "asked": Counted(
        "about which somebody was asked in the period",
        _with("fct_escalations", _within("asked_at"), "{asked}"),
        is_of_moves=True,
    ),
    "unanswered": Counted(
        "with a question of the period that nobody answered",
        _with("fct_escalations", _within("asked_at") + " and not is_answered", "{asked}"),
        is_of_moves=True,
    ),
    "nudged": Counted(
        "with a question of the period that needed a nudge",
        _with("fct_escalations", _within("asked_at") + " and nudges_count > 0", "{asked}"),
        is_of_moves=True,
    ),
    "asked_of": Counted(
        "with a question of the period to",
        _with(
            "fct_escalations_received",
            f"{_within('asked_at')} and receiver_kind = $receiver_kind and receiver = $receiver"
            f" and coalesce(escalation_type, '{NOBODYS}') = $escalation_type",
        ),
        ("receiver_kind", "receiver", "escalation_type"),
        is_of_moves=True,
    ),
    "at_stake": Counted(
        "opened in the period with something at stake",
        _with("fct_impact", f"{_within('opened_at')} and at_stake is not null and {_UNIT}"),
        ("unit",),
    ),
    "recovered": Counted(
        "that ended in the period, with what was recovered",
        _with("fct_impact", f"{_within('ended_at')} and is_recovery and {_UNIT}"),
        ("unit",),
    ),
}

_QUALITY: Mapping[str, Counted] = {
    "confirmed": Counted(
        "that ended in the period, real as people said",
        f"{_ENDED} and {REVIEWED} and not {FALSE_ALARM}",
    ),
    "false_alarms": Counted(
        "that ended in the period as a false alarm", f"{_ENDED} and {REVIEWED} and {FALSE_ALARM}"
    ),
    "reviewed": Counted(
        "that ended in the period and that people reviewed",
        f"{_ENDED} and {REVIEWED} and source is null and monitor_id = $monitor_id",
        ("monitor_id",),
    ),
    "several_people": Counted(
        "that ended in the period after several people had acted", f"{_ENDED} and people_count > 1"
    ),
    "came_back": Counted("reopened in the period", _moved("is_reopening"), is_of_moves=True),
    "changed_hands": Counted(
        "that changed hands in the period", _moved("is_reassignment"), is_of_moves=True
    ),
    "back_and_forth": Counted(
        "that went back to who had it before", _moved("is_ping_pong"), is_of_moves=True
    ),
}

_PROCESS: Mapping[str, Counted] = {
    "about": Counted(
        "opened in the period and about",
        _OPENED
        + " and incident_id in (select incident_id from fct_incident_entities"
        + " where entity_id = $entity)",
        ("entity",),
    ),
    "step": Counted(
        "opened in the period that went from one to the other",
        _OPENED + " and incident_id in (select incident_id from fct_activities where "
        "case when $from_activity = 'start' then place = 1 and activity = $to_activity "
        "else activity = $from_activity and next_activity = $to_activity end)",
        ("from_activity", "to_activity"),
        is_of_moves=True,
    ),
    "way": Counted(
        "opened in the period that went this way",
        _OPENED + " and incident_id in "
        "(select incident_id from fct_process_paths where path_id = $path_id)",
        ("path_id",),
    ),
    "done_again": Counted(
        "opened in the period in which it was done again",
        _OPENED + " and incident_id in (select incident_id from fct_process_loops"
        " where kind = $loop and activity = $activity"
        f" and coalesce(via_activity, '{NOBODYS}') = $via_activity)",
        ("loop", "activity", "via_activity"),
    ),
}

BEHIND: Mapping[str, Counted] = {**_FLOW, **_COHORT, **_WORK, **_QUALITY, **_PROCESS}
