"""The incidents behind a figure: who doubts a number reads which ones it counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from opsloop.service.figures.counted import BEHIND, CAME
from opsloop.service.figures.outcomes import HANDLED_BY
from opsloop.service.figures.parts import EVERYTHING, TEAM, Part, Row, belonging
from opsloop.service.figures.periods import ALL_TIME, Period

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy

# whose an end or a hand-over is: SQL on fct_incident_transitions
WENT_FROM = "case when from_state is null then to_team else from_team end"


@dataclass(frozen=True, slots=True)
class Behind:
    """Which incidents are asked for: those that a figure counts, of a part and a period.

    Attributes:
        figure: one of `counted.BEHIND`.
        values: what that figure needs beside.
    """

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
    counts = CAME.format(moved=_moved(part))
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
        went=belonging(behind.part, WENT_FROM)[0],
        handled=belonging(behind.part, HANDLED_BY)[0],
        asked=belonging(behind.part, "from_team")[0],
        moved=_moved(behind.part),
    )
    known: dict[str, object] = {**values, **behind.period.bounds(), **behind.values}
    # DuckDB refuses values that a query does not name
    used = {name: value for name, value in known.items() if f"${name}" in condition}
    return f"select {columns} from fct_incidents where {condition}", used
