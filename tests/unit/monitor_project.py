"""Build a small project's files and the manifest that dbt would make of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from opsloop.config import Config, Team

SQL = """\
select
    order_id as entity_id,
    ordered_at as occurred_at,
    amount as impact,
    country
from {{ ref('fct_orders') }}
where age_hours >= {{ param('hours') }}
"""

CONFIG = Config(
    teams={name: Team(name=name) for name in ("maintainers", "shipping")},
    maintainers="maintainers",
    people=frozenset(),
)


def definition(**changes: Any) -> dict[str, Any]:
    """Return a sound definition with some keys changed; None removes one."""
    keys: dict[str, Any] = {
        "kind": "state",
        "entity": "order",
        "owner": "shipping",
        "severity": "high",
        "title": "Order to {country} is late",
        "population": {"model": "fct_orders", "updated_at": "loaded_at"},
        "params": {"hours": 24},
        "impact_unit": "EUR",
    }
    keys |= {key.rstrip("_"): value for key, value in changes.items()}
    return {key: value for key, value in keys.items() if value is not None}


class FakeProject:
    """A project's folder, and its manifest as far as opsloop reads it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.nodes: dict[str, dict[str, Any]] = {}
        self.models: list[dict[str, Any]] = []
        self.add_model("fct_orders", "models/marts/shop/fct_orders.sql")

    def add_model(self, name: str, path: str, **changes: Any) -> dict[str, Any]:
        """Add a plain model."""
        node: dict[str, Any] = {
            "unique_id": f"model.shop.{name}",
            "resource_type": "model",
            "name": name,
            "alias": name,
            "database": "warehouse",
            "schema": "main",
            "original_file_path": path,
            "patch_path": None,
            "description": "",
            "raw_code": "select 1 as x",
            "depends_on": {"nodes": []},
            "config": {"materialized": "table", "meta": {}},
        }
        self.nodes[f"model.shop.{name}"] = node | changes
        return self.nodes[f"model.shop.{name}"]

    def add_monitor(
        self,
        name: str = "mon_late_orders",
        *,
        given: Any = None,
        sql: str = SQL,
        folder: str = "monitors/shop",
        description: str = "Orders not sent in time. One row per order.",
        reads: tuple[str, ...] = ("fct_orders",),
    ) -> dict[str, Any]:
        """Add a monitor's SQL and YAML, and its node."""
        given = definition() if given is None else given
        config = {"materialized": "monitor", "meta": {"monitor": given}}
        self.models.append({"name": name, "description": description, "config": config})
        file = f"{folder}/_shop__monitors.yml"
        (self.folder / folder).mkdir(parents=True, exist_ok=True)
        with (self.folder / file).open("w", encoding="utf-8") as stream:
            YAML().dump({"models": self.models}, stream)
        return self.add_model(
            name,
            f"{folder}/{name}.sql",
            raw_code=sql,
            patch_path=f"shop://{file}",
            description=description,
            depends_on={"nodes": [f"model.shop.{read}" for read in reads]},
            config=config,
        )

    @property
    def manifest(self) -> dict[str, Any]:
        """What dbt would have written."""
        return {"metadata": {}, "nodes": self.nodes}
