"""Proposals over the random log, under thresholds that it reaches: equal on both engines."""

from __future__ import annotations

from . import proposals_reference as proposals
from . import retro_reference as reference
from . import work_reference
from .comparing import about
from .retro_build import KNOWN_BEFORE, Retro
from .retro_log import AS_OF


def test_what_is_proposed(retro: Retro) -> None:
    works = work_reference.works(retro.histories)
    events = reference.grouped(
        (event for event in retro.events if event["recorded_at"] < KNOWN_BEFORE),
        lambda event: [(event["incident_id"],)],
    )
    known = proposals.cases(retro.histories, works, events, AS_OF)
    found = proposals.ranked(
        [
            *proposals.automate(known),
            *proposals.tune(known),
            *proposals.fix_at_source(known),
            *proposals.merge(known),
            *proposals.write_runbook(known),
            *proposals.move_capacity(retro.table("rpt_load_weekly")),
        ]
    )
    built = sorted(retro.table("rpt_proposals"), key=lambda row: row["rank"])
    assert [row["proposal_key"] for row in built] == [one.key for one in found]
    assert [row["rank"] for row in built] == list(range(1, len(built) + 1))
    for row, one in zip(built, found, strict=True):
        assert row["stake_minutes"] == about(one.minutes), row
        assert row["recorded_share"] == about(one.recorded_share), row
        assert row["stake_incidents"] == about(one.incidents), row
        assert row["target_change"] == about(one.target_change), row
        assert row["proposal_key"].split(":")[0] == row["kind"]
    kinds = {row["kind"] for row in built}
    assert kinds == {
        "automate",
        "tune",
        "fix_at_source",
        "merge",
        "write_runbook",
        "move_capacity",
    }
