"""What teams have in hand, in items and in minutes against their capacity. Nobody is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop.service.figures.parts import Row
from opsloop.service.figures.periods import ALL_TIME, Period

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy


def weekly(copy: ServingCopy, team: str | None = None, period: Period = ALL_TIME) -> list[Row]:
    """Return the load of each team, or of one, in the weeks that begin in a period."""
    sql = """
        select * from rpt_load_weekly
        where
            ($team is null or team = $team) and week_start >= $since and week_start < $until
        order by team, week_start
    """
    return copy.query(sql, {"team": team, **period.bounds()})


def by_team(copy: ServingCopy, team: str | None = None, period: Period = ALL_TIME) -> list[Row]:
    """Return the load of teams over the weeks that begin in a period, by name: not ranked.

    `minutes`, `used_share` and the shares are of what was recorded, which `recorded_incidents` of
    `ended_incidents` tell; None = unknown.
    """
    sql = """
        select
            team,
            max_by(people, week_start) as people,
            count(*) as weeks,
            cast(sum(arrivals) as bigint) as arrivals,
            cast(sum(completions) as bigint) as completions,
            max_by(open_at_end, week_start) as open_at_end,
            sum(capacity_minutes) as capacity_minutes,
            sum(minutes) as minutes,
            sum(minutes) / nullif(sum(capacity_minutes), 0) as used_share,
            cast(sum(ended_incidents) as bigint) as ended_incidents,
            cast(sum(recorded_incidents) as bigint) as recorded_incidents,
            sum(detect_minutes) as detect_minutes,
            sum(resolve_minutes) as resolve_minutes,
            sum(improve_minutes) as improve_minutes,
            cast(sum(acts) as bigint) as acts,
            cast(sum(acts_outside) as bigint) as acts_outside,
            cast(sum(opened) as bigint) as opened,
            cast(sum(opened_outside) as bigint) as opened_outside
        from rpt_load_weekly
        where
            ($team is null or team = $team) and week_start >= $since and week_start < $until
        group by team order by team
    """
    return copy.query(sql, {"team": team, **period.bounds()})
