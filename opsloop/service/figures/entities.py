"""Which entities, and which segments of the evidence, bring the work of a period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from opsloop.service.figures.outcomes import FALSE_ALARM, REVIEWED
from opsloop.service.figures.parts import NOBODYS, Part, Row, told_apart
from opsloop.service.figures.periods import ALL_TIME, Period

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy

Order = Literal["incidents", "events", "minutes"]
FIRST = 20  # have a row of their own
_PLACES = ", ".join(
    f"""row_number() over (
        order by coalesce({one}, 0) desc, incidents desc, entity_id asc
    ) as place_by_{one}"""
    for one in get_args(Order)
)


def top(
    copy: ServingCopy, part: Part, period: Period = ALL_TIME, order: Order = "incidents"
) -> list[Row]:
    """Return the entities that bring most, the first first; the last row is all others as one.

    An incident counts for each of its entities, its recorded minutes are shared among them. The
    others are whatever is not among the first by this order, so that all rows add up. "again" are
    openings within 14 or 28 days of an end of the same entity.
    """
    told = told_apart(part.dimension)
    sql = f"""
        with
        chosen as (
            select incident_id, entity_type, opened_at, is_open
            from fct_incidents
            where
                {told.condition} and {told.value} = $value
                and opened_at >= $since and opened_at < $until
        ),
        involved as (
            select
                chosen.*,
                entities.entity_id,
                entities.events,
                work.touch_minutes / entities.entities_count as minutes,
                entities.is_own and contacts.is_within_14_days as is_within_14_days,
                entities.is_own and contacts.is_within_28_days as is_within_28_days
            from chosen
            inner join fct_incident_entities as entities using (incident_id)
            inner join fct_incident_work as work using (incident_id)
            left join fct_repeat_contacts as contacts using (incident_id)
        ),
        counted as (
            select
                entity_id,
                max(entity_type) as type_of_entity,
                count(*) as incidents,
                count(*) filter (where is_open) as open_incidents,
                sum(events) as events,
                count(minutes) as recorded_incidents,
                sum(minutes) as minutes,
                count(*) filter (where is_within_14_days) as again_within_14_days,
                count(*) filter (where is_within_28_days) as again_within_28_days,
                max(opened_at) as last_opened_at
            from involved group by entity_id
        ),
        placed as (
            select *, {_PLACES}, sum(incidents) over () as all_incidents from counted
        ),
        shown as (select *, place_by_{order} <= {FIRST} as is_first from placed)
        select
            max(type_of_entity) filter (where is_first) as type_of_entity,
            case when is_first then entity_id end as entity_id,
            max(place_by_incidents) filter (where is_first) as place_by_incidents,
            max(place_by_events) filter (where is_first) as place_by_events,
            max(place_by_minutes) filter (where is_first) as place_by_minutes,
            count(*) as entities,
            cast(sum(incidents) as bigint) as incidents,
            cast(sum(open_incidents) as bigint) as open_incidents,
            cast(sum(events) as bigint) as events,
            cast(sum(recorded_incidents) as bigint) as recorded_incidents,
            cast(sum(again_within_14_days) as bigint) as again_within_14_days,
            cast(sum(again_within_28_days) as bigint) as again_within_28_days,
            sum(incidents) / max(all_incidents) as incidents_share,
            sum(minutes) as minutes,
            max(last_opened_at) as last_opened_at
        from shown
        group by is_first, case when is_first then entity_id end
        order by place_by_{order} nulls last
    """
    return copy.query(sql, {**told.values, "value": part.value, **period.bounds()})


def segments(copy: ServingCopy, part: Part, period: Period = ALL_TIME) -> list[Row]:
    """Return the segments that bring most, monitor by monitor and column by column.

    Only what a monitor found here has evidence: an imported log has no segments.
    """
    told = told_apart(part.dimension)
    sql = f"""
        with
        -- a dimension of evidence is called after its monitor and column; a monitor has no dot
        columns as (
            select distinct
                dimension,
                split_part(dimension, '.', 1) as monitor_id,
                substr(dimension, strpos(dimension, '.') + 1) as column_name
            from dim_parts
            where contains(dimension, '.')
        ),
        chosen as (
            select * from fct_incidents
            where
                {told.condition} and {told.value} = $value and source is null
                and opened_at >= $since and opened_at < $until
        ),
        counted as (
            select
                columns.monitor_id,
                columns.dimension,
                coalesce(cast(incidents.evidence as json) ->> columns.column_name, '{NOBODYS}')
                    as dimension_value,
                count(*) as incidents,
                cast(sum(incidents.events_count) as bigint) as events,
                count(work.touch_minutes) as recorded_incidents,
                sum(work.touch_minutes) as recorded_minutes,
                sum(work.estimated_minutes) as estimated_minutes,
                count(*) filter (where incidents.is_self_resolved) as self_resolved,
                count(*) filter (where {REVIEWED} and {FALSE_ALARM}) as false_alarms,
                count(*) filter (where {REVIEWED}) as reviewed
            from chosen as incidents
            inner join columns using (monitor_id)
            inner join fct_incident_work as work using (incident_id)
            group by all
        )
        select
            monitor_id,
            dimension,
            dimension_value,
            row_number() over (
                partition by dimension order by incidents desc, dimension_value asc
            ) as place,
            incidents,
            incidents / sum(incidents) over (partition by dimension) as incidents_share,
            events,
            recorded_incidents,
            recorded_minutes,
            estimated_minutes,
            self_resolved,
            false_alarms,
            reviewed
        from counted
        order by monitor_id, dimension, place
    """
    return copy.query(sql, {**told.values, "value": part.value, **period.bounds()})
