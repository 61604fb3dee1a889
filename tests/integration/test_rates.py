"""The rates of opsloop.yml in the warehouse, on both engines."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from opsloop.config.rates import RateSettings
from opsloop.errors import WarehouseError
from opsloop.service.rates import SCHEMA, mirror_rates
from opsloop.warehouse import opened
from tests.integration.event_tables import DuckDBFile, PostgresDatabase

Anywhere = DuckDBFile | PostgresDatabase

TABLE = """create table team_rates (
    team text, valid_from timestamp, valid_to timestamp, per_hour double precision, currency text
)"""
NEW_YEAR = datetime(2026, 1, 1)  # noqa: DTZ001, as the warehouse has it
DESK = [{"per_hour": 55}, {"from": "2026-01-01", "per_hour": 60.5}]


def mirrored(warehouse: Anywhere, rates: RateSettings | None) -> list[dict[str, Any]]:
    """Mirror rates and return what the warehouse has then."""
    with opened(warehouse.target, read_only=False) as open_warehouse:
        written = mirror_rates(rates, open_warehouse)
        rows: list[dict[str, Any]] = open_warehouse.table("team_rates").to_pylist()
    assert len(rows) == written
    return rows


def test_each_rate_is_a_row_with_its_span(warehouse: Anywhere) -> None:
    warehouse.execute([(TABLE, None)])
    rates = RateSettings.model_validate({"currency": "EUR", "default": 40, "teams": {"desk": DESK}})
    expected = [
        ("desk", None, NEW_YEAR, 55.0, "EUR"),
        ("desk", NEW_YEAR, None, 60.5, "EUR"),
        (None, None, None, 40.0, "EUR"),
    ]
    assert [tuple(row.values()) for row in mirrored(warehouse, rates)] == expected
    again = mirrored(warehouse, rates)
    assert [tuple(row.values()) for row in again] == expected
    assert list(again[0]) == SCHEMA.names


def test_rates_that_are_gone_are_gone_there_too(warehouse: Anywhere) -> None:
    warehouse.execute([(TABLE, None)])
    mirrored(warehouse, RateSettings(currency="EUR", default=40))
    assert mirrored(warehouse, None) == []


def test_a_warehouse_without_the_table_says_what_to_do(warehouse: Anywhere) -> None:
    # a file has to be there before it can be opened
    warehouse.execute([("create table another (id integer)", None)])
    with pytest.raises(WarehouseError, match="team_rates"):
        mirrored(warehouse, None)
