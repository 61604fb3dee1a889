"""What was promised and kept, and how old open work is beside what was finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop.service.figures.parts import Part, Row, belonging, of_part
from opsloop.service.figures.periods import Period
from opsloop.stats.intervals import wilson

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy

CAUSES = ("queue", "hand_over", "waiting", "work")  # of a miss: where most of the time went
TARGETS = ("resolve", "acknowledge", "first_response", "total_resolve", "next_update")


def targets(copy: ServingCopy, part: Part) -> list[str]:
    """Return the targets of service levels that a part has clocks of, the known ones first."""
    rows = of_part(copy, "rpt_service_levels_weekly", part, "target", "distinct target")
    found = {row["target"] for row in rows}
    return [target for target in TARGETS if target in found]


def weekly(copy: ServingCopy, part: Part, target: str | None = None) -> list[Row]:
    """Return how targets were kept by week of opening, oldest first.

    Args:
        target: this one alone; None = all of them, one after another.
    """
    columns = "* exclude (dimension, dimension_value)"
    rows = of_part(copy, "rpt_service_levels_weekly", part, "target, week_start", columns)
    return rows if target is None else [row for row in rows if row["target"] == target]


def open_work(copy: ServingCopy, part: Part) -> list[Row]:
    """Return open incidents with their age, the oldest first."""
    condition, values = belonging(part)
    sql = f"""
        select * from rpt_open_work where {condition} order by age_seconds desc, incident_id
    """
    return copy.query(sql, values)


def of_period(copy: ServingCopy, part: Part, period: Period) -> list[Row]:
    """Return how the targets of the incidents opened in a period were kept, target by target.

    The columns are those of `rpt_service_levels_weekly`.
    """
    condition, values = belonging(part)
    causes = ",\n".join(
        f"count(*) filter (where cause = '{cause}') as missed_by_{cause}" for cause in CAUSES
    )
    sql = f"""
        select
            target,
            count(*) as clocks,
            count(*) filter (where outcome = 'met') as met,
            count(*) filter (where outcome = 'missed') as missed,
            count(*) filter (where outcome = 'missed' and stopped_at is null) as missed_and_open,
            count(*) filter (where outcome = 'running') as running,
            count(*) filter (where outcome = 'void') as void,
            count(*) filter (where outcome = 'unknown') as unknown,
            {causes},
            percentile_cont(0.5) within group (order by missed_by_s) as median_missed_by_seconds
        from fct_clocks
        where {condition} and opened_at >= $since and opened_at < $until
        group by target
    """
    rows = copy.query(sql, {**values, **period.bounds()})
    rows.sort(key=lambda row: TARGETS.index(row["target"]))
    return [row | _share(row["met"], row["met"] + row["missed"]) for row in rows]


def _share(met: int, decided: int) -> Row:
    low, high = wilson(met, decided) or (None, None)
    share = met / decided if decided else None
    return {"met_share": share, "met_share_low": low, "met_share_high": high}
