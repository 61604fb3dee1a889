"""Publishing the serving copy: a new file, then the pointer. Readers are never disturbed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from opsloop.errors import WarehouseError
from opsloop.store import Store
from opsloop.warehouse import Warehouse
from opsloop.warehouse.serving import Published, replace_serving

SERVED = ("fct_", "rpt_", "dim_", "monitor_runs")


@dataclass(frozen=True, slots=True)
class Publication:
    """What was published, and where."""

    path: Path
    published: Published
    tables: int


def publish(
    store: Store,
    warehouse: Warehouse,
    serving_dir: Path,
    *,
    now: datetime,
    models: Collection[str] | None = None,
) -> Publication:
    """Write the retro's marts and the monitors' runs to a new serving copy and point to it.

    Killed at any point, the pointer names a whole file; the last three files are kept.

    Args:
        models: the names of the retro's models, since a domain's marts stand in the same schema;
            None = every table that is named like one.

    Raises:
        WarehouseError: the retro was never built.
    """
    served = None if models is None else {*models, "monitor_runs"}
    names = [name for name in warehouse.tables(SERVED) if served is None or name in served]
    if "rpt_built" not in names:
        raise WarehouseError(
            "The retro's models are not in the warehouse.", "Build them first: `opsloop run`."
        )
    built = warehouse.table("rpt_built").to_pylist()[0]
    store_id, lineage = store.identity()
    published = Published(
        store_id=store_id,
        lineage=lineage,
        seq=built["seq"],
        published_at=now.astimezone(UTC).replace(tzinfo=None),
        data_through=built["data_through"],
    )
    tables = ((name, warehouse.table(name)) for name in names)
    path = replace_serving(serving_dir, published, tables)
    return Publication(path, published, len(names))
