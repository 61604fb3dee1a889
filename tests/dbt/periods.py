"""Periods and parts of the work that figures are asked of, and what is published to ask."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from opsloop.service.figures.parts import EVERYTHING, Part
from opsloop.service.figures.periods import ALL_TIME, Period
from opsloop.warehouse.serving import Published, ServingCopy, replace_serving

from . import retro_reference as reference
from .retro_build import Retro
from .retro_log import AS_OF, CHOSEN, START

SERVED = (
    "dim_parts",
    "fct_activities",
    "fct_business_times",
    "fct_incidents",
    "fct_clocks",
    "fct_escalations",
    "fct_escalations_received",
    "fct_impact",
    "fct_incident_transitions",
    "fct_incident_entities",
    "fct_incident_work",
    "fct_process_loops",
    "fct_process_paths",
    "fct_repeat_contacts",
    "fct_work",
    "rpt_flow_daily",
    "rpt_headline",
    "rpt_impact_weekly",
    "rpt_monitor_quality",
    "rpt_open_work",
    "rpt_segments",
    "rpt_work",
)
FIRST = START.date()
WEEK = timedelta(weeks=1)
PERIODS = (
    ALL_TIME,
    Period(FIRST + 2 * WEEK, FIRST + 4 * WEEK),
    Period(FIRST + timedelta(days=9), FIRST + timedelta(days=10)),
    Period(None, FIRST + 3 * WEEK),
    Period(FIRST + 4 * WEEK, None),
    Period(date(2001, 1, 1), date(2001, 2, 1)),
)
PARTS = (
    EVERYTHING,
    Part("team", "desk"),
    Part("monitor", "mon_2"),
    Part("monitor", "(none)"),
    Part("priority", "P2"),
    Part(f"{CHOSEN}.carrier", "(other)"),
    Part("source", "helpdesk"),
)


def publish(retro: Retro, directory: Path) -> ServingCopy:
    """Publish what figures of a period are counted from."""
    published = Published("store", "lineage", 1, AS_OF, AS_OF)
    tables = ((name, pa.Table.from_pylist(retro.table(name))) for name in SERVED)
    return ServingCopy(replace_serving(directory, published, tables))


def holds(period: Period, moment: datetime | None) -> bool:
    """Return whether a moment lies in a period."""
    if moment is None:
        return False
    day = moment.date()
    return (period.since is None or day >= period.since) and (
        period.until is None or day < period.until
    )


def owner(history: reference.History) -> tuple[tuple[str, str], ...]:
    """Return the parts of the work that an incident belongs to now."""
    return reference.dimensions(history.steps[-1].team, history)
