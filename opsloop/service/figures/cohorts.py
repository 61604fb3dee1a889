"""The headline figures of the incidents opened in a period, counted from the facts.

The rules are those of the view `rpt_headline` of the warehouse, which tells of all time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from opsloop.service.figures.parts import SOURCE, TEAM, TOTAL, Part, Row, told_apart
from opsloop.service.figures.survival import TURNAROUND, columns_of

if TYPE_CHECKING:
    from opsloop.service.figures.periods import Period
    from opsloop.warehouse.serving import ServingCopy

_IN_BUSINESS_TIME = ("acknowledge", "resolve", "final_resolve")
MEASURES = (
    *("acknowledge", "resolve", "final_resolve", "resolve_by_people", "close", "answer"),
    *(f"{measure}_business" for measure in _IN_BUSINESS_TIME),
)

# What is over without its end being known takes no part, and is counted.
_DURATIONS = """
    durations as (
        select
            dimension_value,
            'acknowledge' as measure,
            coalesce(seconds_to_acknowledge, age_seconds) as seconds,
            acknowledged_at is not null as is_finished,
            false as is_ended_otherwise
        from chosen
        where
            acknowledged_at is not null or (is_open and coalesce(first_state, 'new') = 'new')
        union all
        select
            dimension_value,
            'resolve',
            coalesce(seconds_to_resolve, age_seconds),
            first_resolved_at is not null,
            false
        from chosen where first_resolved_at is not null or is_open
        union all
        select
            dimension_value,
            'final_resolve',
            coalesce(seconds_to_final_resolve, age_seconds),
            resolved_at is not null,
            false
        from chosen where resolved_at is not null or is_open
        union all
        select
            dimension_value,
            'resolve_by_people',
            coalesce(seconds_to_resolve, age_seconds),
            first_resolved_at is not null and not is_first_end_without_people,
            first_resolved_at is not null and is_first_end_without_people
        from chosen where first_resolved_at is not null or is_open
        union all
        select
            dimension_value,
            'close',
            coalesce(seconds_to_close, greatest(epoch(known_until - opened_at), 0)),
            closed_at is not null,
            false
        from chosen
        union all
        select
            {asked_under},
            'answer',
            escalations.seconds_waited,
            escalations.is_answered,
            false
        from fct_escalations as escalations
        inner join chosen using (incident_id)
        union all
        select
            chosen.dimension_value,
            times.measure || '_business',
            cast(times.business_seconds as double),
            times.is_finished,
            false
        from fct_business_times as times
        inner join chosen using (incident_id)
        where times.business_seconds is not null
    )
"""


def headlines(
    copy: ServingCopy, period: Period, dimension: str, value: str | None = None
) -> list[Row]:
    """Return the headline figures of the incidents opened in a period.

    `answer` is that of the questions asked about them, by who asked. The whole has a row even when
    nothing was opened.

    Args:
        dimension: what to tell incidents apart by, one row for each value that has any.
        value: the row of this one alone; it is there even when nothing was opened.
    """
    told = told_apart(dimension)
    by_team = dimension == TEAM
    sql = f"""
        with
        chosen as (
            select
                *,
                {told.value} as dimension_value,
                coalesce(first_resolution_code in ('cleared_by_itself', 'rule_changed'), false)
                    as is_first_end_without_people
            from fct_incidents
            where {told.condition} and opened_at >= $since and opened_at < $until
        ),
        {_DURATIONS.format(asked_under=_asked_under(by_team))},
        {TURNAROUND},
        measured as (
            select dimension_value, {", ".join(columns_of(one) for one in MEASURES)}
            from turnaround group by dimension_value
        ),
        counted as (
            select
                chosen.dimension_value,
                count(*) as incidents,
                count(*) filter (where is_open) as open,
                count(*) filter (where state = 'resolved') as resolved,
                count(*) filter (where state = 'closed') as closed,
                count(*) filter (where reopened_count > 0) as reopened_incidents,
                count(*) filter (where reassignments_count > 0) as reassigned_incidents,
                count(*) filter (where escalations_count > 0) as escalated_incidents,
                cast(sum(escalations_count) as bigint) as escalations,
                count(*) filter (where is_self_resolved) as self_resolved,
                count(work.touch_minutes) as recorded_incidents,
                sum(work.touch_minutes) as recorded_minutes,
                sum(work.recorded_cost) as recorded_cost,
                sum(work.estimated_minutes) as estimated_minutes,
                sum(work.estimated_cost) as estimated_cost
            from chosen
            left join fct_incident_work as work using (incident_id)
            group by chosen.dimension_value
        )
        select
            *,
            (select max(currency) from rpt_work) as currency
        from counted full join measured using (dimension_value)
        order by incidents desc nulls last, dimension_value
    """
    values = {**told.values, **period.bounds()}
    found = copy.query(sql, values)
    if value is not None:
        found = [row for row in found if row["dimension_value"] == value]
    if not found and (value is not None or dimension == TOTAL):
        found = [{"dimension_value": value or "all"}]
    known = {"dimension": dimension, "figures_as_of": copy.published.data_through}
    return [{**known, **_whole(row)} for row in found]


def headline(copy: ServingCopy, period: Period, part: Part) -> Row:
    """Return the headline figures of a part's incidents opened in a period; zeros if none were."""
    return headlines(copy, period, part.dimension, part.value)[0]


def listed(
    copy: ServingCopy, period: Period, shown: Sequence[str], source: str | None = None
) -> list[Row]:
    """Return the headline figures of a period, dimension by dimension.

    Args:
        shown: dimensions, in their order.
        source: the row of this imported log alone.
    """
    if source is not None:
        return headlines(copy, period, SOURCE, source)
    return [row for dimension in shown for row in headlines(copy, period, dimension)]


def _asked_under(by_team: bool) -> str:
    return "coalesce(escalations.from_team, '(none)')" if by_team else "chosen.dimension_value"


COUNTS = (
    "incidents",
    "open",
    "resolved",
    "closed",
    "reopened_incidents",
    "reassigned_incidents",
    "escalated_incidents",
    "escalations",
    "self_resolved",
    "recorded_incidents",
)
_NUMBERS = (*COUNTS, *(f"{one}_{how}" for one in MEASURES for how in ("count", "running")))
_UNKNOWNS = (
    *("recorded_minutes", "recorded_cost", "estimated_minutes", "estimated_cost", "currency"),
    *(f"{one}_{name}_seconds" for one in MEASURES for name in ("median", "p85", "p95", "longest")),
)


def _whole(row: Row) -> dict[str, Any]:
    """Return a row with every key: what is not there is none of a count, and else unknown."""
    return {
        "dimension_value": row["dimension_value"],
        **{name: row.get(name) or 0 for name in _NUMBERS},
        **{name: row.get(name) for name in _UNKNOWNS},
    }
