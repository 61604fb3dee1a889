"""What became of last time's actions, line by line, with the verdict on what they changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from opsloop.improvements import Stage
from opsloop.reporting import words
from opsloop.retrospectives import ItemState
from opsloop.service.figures import parts
from opsloop.service.figures.parts import NOBODYS, TEAM, TOTAL

if TYPE_CHECKING:
    from opsloop.improvements import Improvement
    from opsloop.service.improving import ImprovementView
    from opsloop.service.retrospecting import Became
    from opsloop.store.verdicts import KeptVerdict

GOING_ON = (Stage.PROPOSED, Stage.RUNNING)
CHANGED = ("helped", "hurt")  # verdicts that claim something
SHOWN = 5  # lines, before those that are settled are folded
MEASURES = {
    "reopened": "incidents opened again",
    "reassigned": "changes of hands",
    "missed": "missed service levels",
    "acknowledge": "time to acknowledge",
    "resolve": "time to resolve",
    "answer": "time to an answer",
}  # metrics as people say them; others say it themselves


@dataclass(frozen=True, slots=True)
class Line:
    """An action or an improvement, and what became of it.

    Attributes:
        standing: how far it is: "open, due 4 Dec 2026", "done", "running from 2 Nov 2026".
        verdict: what the figures say of its effect; empty = nobody measures it, or not yet.
        effect: the change of its metric with its 95 % interval.
        says: the verdict in sentences.
        team: whose it is; empty = everybody's, or only one team's are told.
        is_settled: whether nothing of it goes on, and no figure is known to have changed by it.
    """

    text: str
    owner: str
    standing: str
    verdict: str = ""
    effect: str = ""
    says: str = ""
    team: str = ""
    is_settled: bool = False


def team_of(part: parts.Part) -> str | None:
    """Return whose retrospectives a part of the work is about; None = every team's."""
    return part.value if part.dimension == TEAM and part.value != NOBODYS else None


def nothing(part: parts.Part) -> str:
    """Return what is said where there is no line."""
    team = team_of(part)
    of_team = f" of {words.value_name(team)}" if team else ""
    return f"No retrospective{of_team} is over yet, and no improvement{of_team} goes on."


def lines(
    actions: Iterable[Became], improvements: Iterable[ImprovementView], team: str | None = None
) -> list[Line]:
    """Return last time's actions, and the improvements that go on without having been one.

    What is open or changed something comes first.

    Args:
        team: the team whose actions these are, and whose improvements are wanted; None = every
            team's, each with its name.
    """
    became = list(actions)
    told = {one.improvement.improvement.improvement_id for one in became if one.improvement}
    others = [
        one
        for one in improvements
        if one.improvement.improvement_id not in told
        and one.improvement.stage in GOING_ON
        and team in (None, one.improvement.team)
    ]
    found = [*map(_of_action, became), *map(_of_improvement, others)]
    found.sort(key=lambda line: line.is_settled)
    return found if team is None else [replace(line, team="") for line in found]


def folded(found: Sequence[Line]) -> tuple[Sequence[Line], Sequence[Line]]:
    """Return the lines to show, and the settled ones that need not be seen at once."""
    shown = max(SHOWN, sum(not line.is_settled for line in found))
    return found[:shown], found[shown:]


def _of_action(one: Became) -> Line:
    item = one.said.item
    standing = str(item.state)
    is_open = item.state is ItemState.OPEN
    if is_open and item.due_day:
        standing += f", due {'since ' if one.is_overdue else ''}{words.day(item.due_day)}"
    led_to = one.improvement
    goes_on = is_open or (led_to is not None and not led_to.improvement.stage.is_over)
    verdict = led_to.verdict if led_to else None
    measured = _improving(led_to) if led_to else ""
    return Line(
        text=one.said.text,
        owner=item.owner or "",
        standing=". ".join(part for part in (standing, one.said.settled_text, measured) if part),
        team=_readable(one.team),
        is_settled=not goes_on and (verdict is None or verdict.verdict not in CHANGED),
        **_effect(verdict),
    )


def _of_improvement(one: ImprovementView) -> Line:
    found = one.improvement
    return Line(
        text=f"{words.naming_monitors(one.title)} ({_measured(found)})",
        owner=found.owner,
        standing=_standing(one),
        team=_readable(found.team),
        **_effect(one.verdict),
    )


def _improving(one: ImprovementView) -> str:
    """Return what an action's improvement measures, and how far it is."""
    found = one.improvement
    text = f"Improvement {found.improvement_id} ({_measured(found)}): {_standing(one)}"
    return text if one.verdict or found.stage is not Stage.RUNNING else f"{text}, no verdict yet"


def _standing(one: ImprovementView) -> str:
    """Return how far an improvement is, and what there is to say of its start."""
    found = one.improvement
    standing = [str(found.stage)]
    if found.start_day:
        begins = "starts" if found.stage is Stage.PROPOSED else "from"
        standing.append(f"{begins} {words.day(found.start_day)}")
    if one.is_registered_late:
        standing.append("· registered after its start")
    if found.late_moves:
        standing.append("· its start was set or moved after it had begun")
    return " ".join(standing)


def _readable(team: str | None) -> str:
    return words.value_name(team) if team else ""


def _measured(found: Improvement) -> str:
    metric, part = MEASURES.get(found.metric, found.metric), found.part
    return (
        f"{metric} of {'everything' if part.dimension == TOTAL else words.value_name(part.value)}"
    )


def _effect(verdict: KeptVerdict | None) -> dict[str, Any]:
    if verdict is None:
        return {}
    effect = ""
    if verdict.change is not None and verdict.low is not None and verdict.high is not None:
        low, high = _change(verdict.low), _change(verdict.high)
        effect = f"{_change(verdict.change)} (95 %: {low} to {high})"
    return {"verdict": verdict.verdict, "effect": effect, "says": verdict.says}


def _change(share: float) -> str:
    return f"{share:+.0%}".replace("-", "−").replace("%", " %")
