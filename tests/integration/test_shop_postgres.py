"""The same shop, unchanged, with its warehouse and its queue on a Postgres server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tests.integration.shop import SOURCES, Shop, by_monitor


def test_the_loop_on_postgres(tmp_path: Path, postgres_url: Callable[[], str]) -> None:
    url = postgres_url()
    server = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    env = {
        "OPSLOOP_TARGET": "postgres",
        "OPSLOOP_PG_HOST": server["host"],
        "OPSLOOP_PG_USER": server["user"],
        "OPSLOOP_PG_DATABASE": server["dbname"],
        "OPSLOOP_STORE_URL": url.replace("postgresql://", "postgresql+psycopg://"),
    }
    with psycopg.connect(url) as connection:
        connection.execute(SOURCES)
    shop = Shop.create(tmp_path)

    report = shop.json("run", **env)

    assert (report["ok"], report["sync"]["counts"]) == (True, {"opened": 3})
    assert by_monitor(shop.json("incidents", "list", **env)) == {
        "mon_late_orders": ["Order 1 to NO is late", "Order 2 to DE is late"],
        "mon_bad_reviews": ["Customer 8 gave 1 stars: broken <b>mug</b> [red]x[/red] 👎"],
    }
    assert shop.json("doctor", **env)["ok"]
    assert shop.json("retro", **env)["changes_since"] == 0
    assert shop.json("store", "verify", **env)["ok"]
