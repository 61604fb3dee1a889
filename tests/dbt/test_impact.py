"""Impact and rates over the random log, computed once more in plain Python: equal on both."""

from __future__ import annotations

import pytest

from . import figures_settings, impact_reference
from .comparing import about
from .retro_build import KNOWN_BEFORE, Retro
from .retro_log import AS_OF

Impacts = dict[int, impact_reference.Impact]


@pytest.fixture(scope="module")
def impacts(retro: Retro) -> Impacts:
    """Compute every incident's impact from the logs."""
    events = [event for event in retro.events if event["recorded_at"] < KNOWN_BEFORE]
    return impact_reference.impacts(retro.histories, events)


def test_the_random_log_has_what_is_tested(impacts: Impacts) -> None:
    """A comparison of logs in which nothing happens proves nothing."""
    known = impacts.values()
    assert sum(one.left == 0 for one in known) > 5
    assert any(one.gross is not None and one.gross < 0 for one in known)
    assert any(one.gross is not None and one.net is None for one in known)
    assert any(one.cleared_share and 0 < one.cleared_share < 1 for one in known)


def test_impact_of_incidents(retro: Retro, impacts: Impacts) -> None:
    built = {row["incident_id"]: row for row in retro.table("fct_impact")}
    assert built.keys() == impacts.keys()
    for number, one in impacts.items():
        row = built[number]
        assert (row["at_stake"], row["left_at_end"]) == (about(one.at_stake), about(one.left)), row
        assert row["ended_at"] == one.ended_at
        assert row["recovered_gross"] == about(one.gross)
        assert row["cleared_untouched_share"] == about(one.cleared_share)
        assert row["recovered_net"] == about(one.net)


def test_impact_week_by_week(retro: Retro, impacts: Impacts) -> None:
    expected = impact_reference.weekly(impacts.values())
    for row in retro.table("rpt_impact_weekly"):
        keys = ("week_start", "dimension", "dimension_value", "impact_unit")
        figures = expected.pop(tuple(row[key] for key in keys))
        is_summed = row["impact_unit"] == "minutes"
        for name in ("incidents", "recoveries", "recoveries_with_net"):
            assert row[name] == figures.get(name, 0)
        for name, of in (
            ("at_stake", "incidents"),
            ("recovered_gross", "recoveries"),
            ("gross_with_net", "recoveries_with_net"),
            ("recovered_net", "recoveries_with_net"),
        ):
            is_known = is_summed and figures.get(of)
            assert row[name] == (about(figures[name]) if is_known else None)
    assert not expected


def test_rates_per_population(retro: Retro) -> None:
    expected = impact_reference.population(figures_settings.runs(), retro.histories.values(), AS_OF)
    for row in retro.table("rpt_population_weekly"):
        figures = expected.pop((row["week_start"], row["monitor_id"]))
        for name, value in figures.items():
            assert row[name] == (about(value) if isinstance(value, float) else value), (row, name)
    assert not expected
