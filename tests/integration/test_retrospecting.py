"""Retrospectives: what each begins with, the last actions of teams, and who may do what."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsloop.errors import Forbidden, NotFound, Refused
from opsloop.reporting import actions
from opsloop.retrospectives import ItemState
from opsloop.service import Service
from opsloop.service.judging import review
from tests.integration.event_tables import ADA, BO, CY
from tests.integration.improving import START, Clock, fallen, published, registered
from tests.integration.weekly_copy import FIRST_WEEK


def test_a_retrospective_begins_with_what_became_of_the_last(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    first = service.open_retrospective(ADA, team="shipping", from_day=FIRST_WEEK, to_day=START)
    number = first.retrospective_id
    with pytest.raises(Refused, match=f"Retrospective {number} is still open"):
        service.open_retrospective(ADA, team="shipping")
    improvement = registered(service, retrospective_id=number).improvement_id
    service.note(number, BO, text="Late orders again")
    service.decide(number, ADA, text="Ask earlier", improvement_id=improvement)
    asked = service.give_action(
        number, ADA, text="Call the carrier", owner="bo.larsen", improvement_id=improvement
    )
    left = service.give_action(number, ADA, text="Count boxes", owner="cy.ruiz", due_day=START)
    assert service.last_actions() == []  # it is not over
    service.close_retrospective(number, ADA)
    with pytest.raises(Refused, match="is closed"):
        service.note(number, BO, text="one more")
    [line, _] = actions.lines(service.last_actions(), service.improvements())
    assert f"Improvement {improvement} (events of Late orders): running" in line.standing
    assert line.standing.endswith("no verdict yet")
    service.settle_action(asked.item_id, BO, is_done=True, text="they answered")
    copy = published(service, clock, tmp_path, fallen(8, 18))
    review(service.store, copy, {}, clock())
    done, still = service.last_actions("shipping")
    assert (done.said.item.state, done.said.settled_text) == (ItemState.DONE, "they answered")
    assert done.improvement is not None
    assert done.improvement.verdict is not None
    assert done.improvement.verdict.verdict == "helped"
    assert (still.said.item.item_id, still.is_overdue) == (left.item_id, True)
    assert service.last_actions("care") == []
    second = service.open_retrospective(ADA, team="shipping")
    view = service.retrospective(second.retrospective_id)
    assert [one.said.text for one in view.begins_with] == ["Call the carrier", "Count boxes"]
    service.settle_action(left.item_id, CY, is_done=False, text="no boxes")
    service.close_retrospective(second.retrospective_id, ADA)
    third = service.open_retrospective(ADA, team="shipping")
    begins_with = service.retrospective(third.retrospective_id).begins_with
    assert [one.said.text for one in begins_with] == ["Count boxes"]
    kinds = [one.said.item.kind for one in service.retrospective(number).items]
    assert kinds == ["agenda", "decision", "action", "action"]


def test_each_team_has_its_last_actions(service: Service) -> None:
    def held(team: str | None, *texts: str) -> int:
        number = service.open_retrospective(ADA, team=team).retrospective_id
        for text in texts:
            service.give_action(number, ADA, text=text, owner="ada.moreno")
        service.close_retrospective(number, ADA)
        return number

    held("shipping", "Call", "Count")
    done, _ = service.last_actions("shipping")
    service.settle_action(done.said.item.item_id, ADA, is_done=True)
    held("shipping", "Pack")
    held(None, "Tidy up")
    told = [(one.said.text, one.team) for one in service.last_actions()]
    assert told == [("Tidy up", None), ("Count", "shipping"), ("Pack", "shipping")]
    assert [one.said.text for one in service.last_actions("shipping")] == ["Count", "Pack"]


def test_who_may_in_a_retrospective(service: Service) -> None:
    with pytest.raises(Forbidden, match="'decide' needs a lead of shipping"):
        service.open_retrospective(BO, team="shipping")
    number = service.open_retrospective(ADA, team="shipping").retrospective_id
    service.note(number, BO, text="a member's point")
    with pytest.raises(Forbidden, match="'note' needs a member of shipping"):
        service.note(number, CY, text="from outside")
    action = service.give_action(number, ADA, text="Do it", owner="bo.larsen")
    with pytest.raises(Forbidden, match="'note' needs a member of shipping"):
        service.settle_action(action.item_id, CY, is_done=True)
    with pytest.raises(Refused, match="dropped for a reason"):
        service.settle_action(action.item_id, BO, is_done=False)
    with pytest.raises(NotFound, match="no action 99"):
        service.settle_action(99, BO, is_done=True)
    with pytest.raises(NotFound, match="no person 'nobody'"):
        service.give_action(number, ADA, text="x", owner="nobody")
    with pytest.raises(Refused, match="There is no text"):
        service.note(number, BO, text=" ")
    with pytest.raises(Refused, match="there is no day"):
        service.open_retrospective(ADA, from_day=START, to_day=START)
