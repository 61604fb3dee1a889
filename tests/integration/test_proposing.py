"""Proposals: worked on once, shown for the parts that they are about; ways of resolving."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsloop.errors import NotFound, Refused
from opsloop.service import Service
from opsloop.service.figures import parts
from opsloop.service.proposals import proposal, proposals
from opsloop.service.ways import compared, ways_of
from tests.integration.event_tables import ADA
from tests.integration.improving import PROPOSAL, Clock, published, registered
from tests.integration.weekly_copy import calm, resolved


def test_a_proposal_is_worked_on_once(service: Service, clock: Clock, tmp_path: Path) -> None:
    bare = published(service, clock, tmp_path, calm(5))
    assert proposals(bare) == []
    with pytest.raises(NotFound, match="No proposals were published yet"):
        proposal(bare, "automate:x")
    copy = published(service, clock, tmp_path, calm(6), extra={"rpt_proposals": [PROPOSAL]})
    with pytest.raises(NotFound, match="Did you mean 'automate:mon_late_orders:fixed'"):
        proposal(copy, "automate:mon_late_order:fixed")
    found = proposal(copy, PROPOSAL["proposal_key"])
    key = found.proposal_key
    one = registered(service, part=found.part, metric=found.metric, proposal_key=key)
    with pytest.raises(Refused, match=f"Improvement {one.improvement_id} comes from the proposal"):
        registered(service, proposal_key=key)
    service.drop_improvement(one.improvement_id, ADA, text="too dear")
    assert registered(service, proposal_key=key).proposal_key == key


def test_proposals_for_a_part_are_about_the_monitors_that_work_for_it(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    kinds = {
        "tune:late": ("monitor", "mon_late_orders"),
        "tune:reviews": ("monitor", "mon_reviews"),
        "move_capacity:care": ("team", "care"),
        "tune:half": ("monitor", "mon_half"),
    }
    rows = [
        PROPOSAL | {"proposal_key": key, "dimension": dimension, "dimension_value": value}
        for key, (dimension, value) in kinds.items()
    ]
    ranked = [row | {"rank": rank} for rank, row in enumerate(rows, start=1)]
    had = [("mon_late_orders", "shipping", 40, 3), ("mon_late_orders", "care", 40, 1)]
    had += [("mon_late_orders", "care", 2, 9), ("mon_reviews", "care", 40, 1)]
    had += [("mon_half", "care", 40, 1), ("mon_half", "shipping", 40, 1)]
    incidents = [
        resolved(monitor, week, "fixed", 60) | {"team": team}
        for monitor, team, week, count in had
        for _ in range(count)
    ]
    more = {"rpt_proposals": ranked}
    copy = published(service, clock, tmp_path, calm(41), incidents=incidents, extra=more)

    def about(*part: str) -> list[str]:
        return [one.proposal_key for one in proposals(copy, parts.Part(*part))]

    assert about() == [*kinds]
    # long ago late orders were care's
    assert about("team", "shipping") == ["tune:late"]
    assert about("team", "care") == ["tune:reviews", "move_capacity:care"]
    assert about("monitor", "mon_half") == ["tune:half"]
    assert about("type", "late") == ["tune:late", "tune:reviews", "tune:half"]
    assert about("source", "desk") == []


def test_ways_of_resolving_are_compared_by_week(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    hour = 3600.0
    incidents = [
        resolved("mon_late_orders", week, code, (hours + week % 3) * hour)
        for week in range(20)
        for code, hours in (("fixed", 4), ("fixed", 5), ("accepted", 1), ("cleared_by_itself", 9))
    ]
    incidents += [resolved("mon_late_orders", 2, "false_alarm", hour)]
    copy = published(service, clock, tmp_path, calm(5), incidents=incidents)
    usual, quick, rare = ways_of(copy, "mon_late_orders")
    assert [(one.name, one.incidents) for one in (usual, quick, rare)] == [
        ("fixed", 40),
        ("accepted", 20),
        ("false_alarm", 1),
    ]
    assert usual.median_seconds == 5.5 * hour
    against = {one.way.name: one for one in compared([usual, quick, rare])}
    assert against["accepted"].is_claimed
    assert against["accepted"].compared.change == pytest.approx(-0.65, abs=0.1)
    assert against["accepted"].in_words().startswith("quicker")
    assert not against["false_alarm"].is_claimed
    assert "12 are needed" in against["false_alarm"].in_words()
    assert compared(ways_of(copy, "mon_other")) == []
    [team] = ways_of(copy, "mon_late_orders", "team")
    assert (team.name, team.incidents) == ("shipping", 61)
