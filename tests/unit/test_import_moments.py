"""Zones that texts name: the same rules as for the map's own, and no word that means several."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import duckdb
import pytest

from opsloop.importing.moments import macros
from opsloop.importing.schema import ReadSettings

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC")
UNTIL = datetime(2027, 1, 1, tzinfo=UTC)


def asked(settings: ReadSettings) -> duckdb.DuckDBPyConnection:
    """Return a connection that has the macros."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    for statement in macros(settings, UNTIL):
        connection.execute(statement)
    return connection


@pytest.mark.parametrize("zone", ZONES)
def test_a_zone_that_a_text_names_has_the_clock_changes_of_the_maps(zone: str) -> None:
    """Each half hour of two years, whatever hours that come twice or are skipped mean."""
    for ambiguous, nonexistent in product(("first", "second", "reject"), ("shift", "reject")):
        settings = {"zone": zone, "ambiguous": ambiguous, "nonexistent": nonexistent}
        with asked(ReadSettings.model_validate(settings)) as connection:
            differing = connection.execute(
                "select t, opsloop_utc(t) as own, opsloop_utc_of(t, $1) as named from"
                " (select unnest(generate_series(timestamp '2024-01-01', timestamp '2025-12-31',"
                " interval 30 minutes)) as t) where own is distinct from named",
                [zone],
            ).fetchall()
        assert differing == [], settings


def test_a_word_of_three_letters_is_a_zone_only_if_it_means_one() -> None:
    """To DuckDB BST is Bangladesh, AST Alaska, NST New Zealand."""
    with asked(ReadSettings()) as connection:
        known = connection.execute(
            "select string_agg(name, ' ' order by name) from pg_timezone_names()"
            " where length(name) = 3 and opsloop_known_zone(name) is not null"
        ).fetchone()
    assert known == ("CET EET EST GMT HST MET MST PRC ROC ROK UCT UTC WET",)
