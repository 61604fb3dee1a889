"""A small shop: another domain than the demo's, in a copy of this project without the demo."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).parents[2]
DEMO_FOLDERS = (
    "monitors/flights",
    "models/staging/flights",
    "models/marts/flights",
    "opsloop/demo",
)

FILES = {
    "models/staging/shop/_shop__sources.yml": """\
sources:
  - name: shop
    schema: raw_shop
    tables:
      - name: orders
      - name: reviews
""",
    "models/staging/shop/_shop__models.yml": """\
models:
  - name: stg_shop__orders
    description: Orders as the shop has them. One row per order.
    columns:
      - name: order_id
        data_tests: [not_null, unique]
  - name: stg_shop__reviews
    description: Reviews as the shop has them. One row per review.
""",
    "models/staging/shop/stg_shop__orders.sql": "select * from {{ source('shop', 'orders') }}\n",
    "models/staging/shop/stg_shop__reviews.sql": "select * from {{ source('shop', 'reviews') }}\n",
    "monitors/shop/opsloop.yml": """\
teams:
  shipping:
    lead: mo.bauer
    members: [mo.bauer, kim.larsen]
  care:
    members: [ola.ruiz]
""",
    "monitors/shop/mon_late_orders.sql": """\
select
    order_id as entity_id,
    ordered_at as occurred_at,
    amount as impact,
    country
from {{ ref('stg_shop__orders') }}
where
    sent_at is null
    and ordered_at <= {{ as_of() }} - {{ param('hours') }} * interval '1 hour'
""",
    "monitors/shop/mon_bad_reviews.sql": """\
select
    customer_id as entity_id,
    review_id as event_key,
    written_at as occurred_at,
    stars,
    body
from {{ ref('stg_shop__reviews') }}
where stars <= {{ param('stars') }}
""",
    "monitors/shop/_shop__monitors.yml": """\
models:
  - name: mon_late_orders
    description: Orders that were not sent in time. One row per order.
    config:
      materialized: monitor
      meta:
        monitor:
          kind: state
          entity: order
          owner: shipping
          severity: high
          impact_unit: EUR
          title: "Order {entity_id} to {country} is late"
          population: {model: stg_shop__orders}
          params: {hours: 24}

  - name: mon_bad_reviews
    description: Reviews with few stars. One row per review.
    config:
      materialized: monitor
      meta:
        monitor:
          kind: event
          entity: customer
          owner: care
          severity: medium
          title: "Customer {entity_id} gave {stars} stars: {body}"
          params: {stars: 1}
""",
}

SOURCES = """
create schema raw_shop;
create table raw_shop.orders (
    order_id integer, ordered_at timestamp, sent_at timestamp, amount double precision, country text
);
create table raw_shop.reviews (
    review_id integer, customer_id integer, written_at timestamp, stars integer, body text
);
insert into raw_shop.orders values
    (1, timestamp '2026-01-01 08:00', null, 40, 'NO'),
    (2, timestamp '2026-01-01 09:00', null, 90, 'DE'),
    (3, timestamp '2026-01-01 10:00', timestamp '2026-01-01 18:00', 15, 'DE'),
    (4, now() at time zone 'UTC', null, 70, 'ES');
insert into raw_shop.reviews values
    (100, 7, timestamp '2026-01-02 10:00', 5, 'fine'),
    (101, 8, timestamp '2026-01-02 11:00', 1, 'broken <b>mug</b> [red]x[/red] 👎');
"""


@dataclass(frozen=True)
class Shop:
    """The shop's project in a folder of its own."""

    folder: Path

    @classmethod
    def create(cls, folder: Path) -> Shop:
        """Copy the project without the demo, and write the shop's files."""
        listed = subprocess.run(
            ["git", "ls-files", "-zco", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        )
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file() and not name.startswith(DEMO_FOLDERS):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, folder / name)
        shop = cls(folder)
        for name, text in FILES.items():
            shop.write(name, text)
        return shop

    @property
    def warehouse(self) -> Path:
        """The warehouse's file."""
        return self.folder / "var" / "warehouse.duckdb"

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text, encoding="utf-8")

    def edit(self, name: str, before: str, after: str) -> None:
        """Replace a text in a file."""
        text = (self.folder / name).read_text(encoding="utf-8")
        assert before in text
        self.write(name, text.replace(before, after))

    def query(self, sql: str) -> list[Any]:
        """Run SQL in the warehouse."""
        self.warehouse.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(str(self.warehouse)) as connection:
            return connection.execute(sql).fetchall()

    def opsloop(self, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run the tool in the project's folder, with the copy's own code."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("OPSLOOP_")}
        kept.pop("DBT_TARGET_PATH", None)
        return subprocess.run(
            [sys.executable, "-m", "opsloop", *args],
            cwd=self.folder,
            capture_output=True,
            text=True,
            env={**kept, "COLUMNS": "100", **env},
            timeout=300,
        )

    def json(self, *args: str, expect: int = 0, **env: str) -> Any:
        """Run the tool with --json and return what it printed."""
        done = self.opsloop(*args, "--json", **env)
        assert done.returncode == expect, done.stderr
        return json.loads(done.stdout)


def by_monitor(incidents: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    """Return the titles of incidents by monitor."""
    found: dict[str, list[str]] = {}
    for incident in incidents:
        found.setdefault(incident["monitor"], []).append(incident["title"])
    return {monitor: sorted(titles) for monitor, titles in found.items()}
