"""The incidents behind a figure: who doubts a number reads which ones it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from opsloop.service.figures.parts import EVERYTHING, TEAM, Part, Row, belonging
from opsloop.service.figures.periods import ALL_TIME, Period
from opsloop.service.figures.service_levels import CAUSES, TARGETS

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy

# what a figure may need to know beside part and period → the words it may be
VALUES: Mapping[str, tuple[str, ...]] = {"target": TARGETS, "cause": CAUSES}


@dataclass(frozen=True, slots=True)
class Counted:
    """What a figure counts.

    Attributes:
        says: what its incidents have in common, as a sentence goes on after "Incidents".
        sql: a condition on `fct_incidents`. `{part}` stands for whose they are; `{came}`, `{went}`
            and `{asked}` for that by the team they came to, went from, and that asked;
            `{moved}` for whether a hand-over counts, as it does for a team.
        needs: what of `VALUES` it needs.
    """

    says: str
    sql: str
    needs: tuple[str, ...] = ()

    @property
    def is_of_now(self) -> bool:
        """Whether it counts what is so now, whatever the period."""
        return "$since" not in self.sql


def _within(column: str) -> str:
    return f"{column} >= $since and {column} < $until"


def _with(table: str, condition: str, part: str = "{part}") -> str:
    return f"incident_id in (select incident_id from {table} where {part} and {condition})"


_OPENED = "{part} and " + _within("opened_at")
_CAME = (
    "(from_state is null or is_reopening or "
    "({moved} and was_open and is_open and from_team is distinct from to_team))"
)
_TARGET = _within("opened_at") + " and target = $target"

BEHIND: Mapping[str, Counted] = {
    "opened": Counted("opened in the period", _OPENED),
    "arrivals": Counted(
        "that came in: opened, reopened, or handed over to the team",
        _with(
            "fct_incident_transitions",
            f"{_within('changed_at')} and {_CAME}",
            "{came}",
        ),
    ),
    "completions": Counted(
        "that were completed: resolved, merged, or handed over by the team",
        _with(
            "fct_incident_transitions",
            _within("changed_at") + " and (is_end or ({moved} and "
            "was_open and is_open and from_team is distinct from to_team))",
            "{went}",
        ),
    ),
    "self_resolved": Counted(
        "opened in the period that cleared by themselves", _OPENED + " and is_self_resolved"
    ),
    "still_open": Counted("opened in the period that are still open", _OPENED + " and is_open"),
    "reopened": Counted(
        "opened in the period that were reopened", _OPENED + " and reopened_count > 0"
    ),
    "open": Counted("that are open", "{part} and is_open"),
    "old": Counted(
        "that have been open for longer than 85 of 100 took",
        _with("rpt_open_work", "age_band in ('beyond_p85', 'beyond_p95')"),
    ),
    "met": Counted(
        "opened in the period that kept the target",
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
    "worked": Counted(
        "worked on in the period", _with("fct_work", _within("worked_at") + " and minutes > 0")
    ),
    "unrecorded": Counted(
        "that ended in the period without any minutes",
        "{part} and not is_open and "
        + _within("coalesce(resolved_at, closed_at)")
        + " and incident_id in "
        "(select incident_id from fct_incident_work where touch_minutes is null)",
    ),
    "asked": Counted(
        "about which somebody was asked in the period",
        _with("fct_escalations", _within("asked_at"), "{asked}"),
    ),
    "unanswered": Counted(
        "with a question of the period that nobody answered",
        _with("fct_escalations", _within("asked_at") + " and not is_answered", "{asked}"),
    ),
    "nudged": Counted(
        "with a question of the period that needed a nudge",
        _with("fct_escalations", _within("asked_at") + " and nudges_count > 0", "{asked}"),
    ),
}


@dataclass(frozen=True, slots=True)
class Behind:
    """Which incidents are asked for: those that a figure counts, of a part and a period."""

    figure: str
    part: Part = EVERYTHING
    period: Period = ALL_TIME
    values: Mapping[str, str] = field(default_factory=dict)


def how_many(copy: ServingCopy, behind: Behind) -> int:
    """Return how many incidents a figure counts; one that came in twice is one."""
    sql, values = _asked(behind, "count(*) as incidents")
    return int(copy.query(sql, values)[0]["incidents"])


def listed(copy: ServingCopy, behind: Behind, limit: int, offset: int = 0) -> list[Row]:
    """Return the incidents that a figure counts, the newest first, with what they took."""
    sql, values = _asked(
        behind,
        """
            incident_id, monitor_id, team, priority, state, is_open, entity_id, opened_at,
            seconds_to_resolve, age_seconds, reopened_count, escalations_count, resolution_code,
            (
                select work.touch_minutes from fct_incident_work as work
                where work.incident_id = fct_incidents.incident_id
            ) as touch_minutes
        """,
    )
    sql += " order by opened_at desc, incident_id desc limit $limit offset $offset"
    return copy.query(sql, {**values, "limit": limit, "offset": offset})


def came_at(copy: ServingCopy, part: Part) -> list[datetime]:
    """Return when incidents came in, one moment for each arrival that is counted."""
    came, values = belonging(part, "to_team")
    counts = _CAME.format(moved=_moved(part))
    sql = f"select changed_at from fct_incident_transitions where {came} and {counts}"
    return [row["changed_at"] for row in copy.query(sql, values)]


def _moved(part: Part) -> str:
    """Return whether a hand-over counts, as SQL: for a team it does, and for nothing else."""
    return "true" if part.dimension == TEAM else "false"


def _asked(behind: Behind, columns: str) -> tuple[str, dict[str, object]]:
    counted = BEHIND[behind.figure]
    part, values = belonging(behind.part)
    condition = counted.sql.format(
        part=part,
        came=belonging(behind.part, "to_team")[0],
        went=belonging(behind.part, "coalesce(from_team, to_team)")[0],
        asked=belonging(behind.part, "from_team")[0],
        moved=_moved(behind.part),
    )
    known: dict[str, object] = {**values, **behind.period.bounds(), **behind.values}
    # DuckDB refuses values that a query does not name
    used = {name: value for name, value in known.items() if f"${name}" in condition}
    return f"select {columns} from fct_incidents where {condition}", used
