"""What an hour of work costs, mirrored into the warehouse, where the retro reads it."""

from __future__ import annotations

from datetime import date, datetime, time

import pyarrow as pa

from opsloop.config.rates import RateSettings
from opsloop.warehouse import Warehouse, require_mirror

TABLE = "team_rates"
SCHEMA = pa.schema(
    [
        ("team", pa.string()),
        ("valid_from", pa.timestamp("us")),
        ("valid_to", pa.timestamp("us")),
        ("per_hour", pa.float64()),
        ("currency", pa.string()),
    ]
)


def mirror_rates(rates: RateSettings | None, warehouse: Warehouse) -> int:
    """Let the warehouse know these rates and no others; returns how many rows that are.

    Args:
        rates: None = no rates, so that costs are unknown.
        warehouse: opened for writing.
    """
    require_mirror(warehouse, (TABLE,))
    rows = [
        {
            "team": rate.team,
            "valid_from": _midnight(rate.valid_from),
            "valid_to": _midnight(rate.valid_to),
            "per_hour": rate.per_hour,
            "currency": rate.currency,
        }
        for rate in (rates.rates() if rates else ())
    ]
    pages = {TABLE: [pa.Table.from_pylist(rows, schema=SCHEMA)]}
    return warehouse.append_to_mirror(pages, replace=True)[TABLE]


def _midnight(day: date | None) -> datetime | None:
    """Return the day's first moment as the warehouse has it: UTC without a zone."""
    return None if day is None else datetime.combine(day, time())
