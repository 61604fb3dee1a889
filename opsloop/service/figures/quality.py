"""How often the monitors are right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opsloop.service.figures.parts import Row

if TYPE_CHECKING:
    from opsloop.warehouse.serving import ServingCopy


def precision(copy: ServingCopy) -> list[Row]:
    """Return each monitor's precision, the least precise first, unknown ones last."""
    return copy.query(
        "select * from rpt_monitor_precision order by precision_share nulls last, monitor_id"
    )
