"""The teams' members in the warehouse, on both engines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from opsloop.config import Team
from opsloop.errors import WarehouseError
from opsloop.service.rosters import SCHEMA, mirror_rosters
from opsloop.warehouse import opened
from tests.integration.event_tables import DuckDBFile, PostgresDatabase

Anywhere = DuckDBFile | PostgresDatabase

TABLE = "create table team_members (team text, person text)"


def teams(**members: tuple[str, ...]) -> dict[str, Team]:
    """Return teams of these people."""
    return {name: Team(name=name, members=people) for name, people in members.items()}


def mirrored(warehouse: Anywhere, known: Mapping[str, Team]) -> list[dict[str, Any]]:
    """Mirror teams and return what the warehouse has then."""
    with opened(warehouse.target, read_only=False) as open_warehouse:
        written = mirror_rosters(known, open_warehouse)
        rows: list[dict[str, Any]] = open_warehouse.table("team_members").to_pylist()
    assert len(rows) == written
    return rows


def test_each_member_is_a_row_and_who_left_is_gone(warehouse: Anywhere) -> None:
    warehouse.execute([(TABLE, None)])
    rows = mirrored(warehouse, teams(desk=("bob", "ada"), night=("eve",), nobody=()))
    assert list(rows[0]) == SCHEMA.names
    assert [tuple(row.values()) for row in rows] == [
        ("desk", "ada"),
        ("desk", "bob"),
        ("night", "eve"),
    ]
    rows = mirrored(warehouse, teams(desk=("ada",)))
    assert [tuple(row.values()) for row in rows] == [("desk", "ada")]


def test_a_warehouse_without_the_table_says_what_to_do(warehouse: Anywhere) -> None:
    # a file has to be there before it can be opened
    warehouse.execute([("create table another (id integer)", None)])
    with pytest.raises(WarehouseError, match="team_members"):
        mirrored(warehouse, {})
