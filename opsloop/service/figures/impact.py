"""What was at stake, and what was recovered, unit by unit: units are never summed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop.service.figures.parts import NOBODYS, Part, Row, belonging

if TYPE_CHECKING:
    from opsloop.service.figures.periods import Period
    from opsloop.warehouse.serving import ServingCopy

TABLE = "fct_impact"


def of_period(copy: ServingCopy, part: Part, period: Period) -> list[Row]:
    """Return impact at stake of what was opened in a period, and recovered by what ended in it.

    A row for each unit: `incidents`, `at_stake`, `recoveries`, `recovered_gross`, and of these
    `recoveries_with_net` with `gross_with_net` and `recovered_net` (definition 11). What has no
    unit may be of many: it is counted under NOBODYS, the last row, and never summed.
    """
    if not copy.has_table(TABLE):
        return []
    condition, values = belonging(part)
    own = f"incident_id in (select incident_id from fct_incidents where {condition})"
    sql = f"""
        with
        impacts as (
            select
                * replace (
                    coalesce(impact_unit, '{NOBODYS}') as impact_unit,
                    case when impact_unit is not null then recovered_net end as recovered_net
                ),
                impact_unit is not null as has_unit,
                opened_at >= $since and opened_at < $until and at_stake is not null as is_opened,
                is_recovery and ended_at >= $since and ended_at < $until as is_recovered
            from fct_impact where {own}
        )
        select
            impact_unit,
            count(*) filter (where is_opened) as incidents,
            sum(at_stake) filter (where is_opened and has_unit) as at_stake,
            count(*) filter (where is_recovered) as recoveries,
            sum(recovered_gross) filter (where is_recovered and has_unit) as recovered_gross,
            count(recovered_net) filter (where is_recovered) as recoveries_with_net,
            sum(recovered_gross) filter (where is_recovered and recovered_net is not null)
                as gross_with_net,
            sum(recovered_net) filter (where is_recovered) as recovered_net
        from impacts
        where is_opened or is_recovered
        group by impact_unit
        order by impact_unit = '{NOBODYS}', incidents desc, impact_unit
    """
    return copy.query(sql, {**values, **period.bounds()})
