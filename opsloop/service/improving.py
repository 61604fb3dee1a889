"""Improvements: what a lead registers, starts, moves, finishes and drops."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from opsloop import improvements as rules
from opsloop.errors import Refused
from opsloop.improvements import DEFAULT_HORIZON, DEFAULT_TARGET, Improvement, Part, Step
from opsloop.roles import Concern, Deed
from opsloop.service.acting import Acting
from opsloop.store import improvements, retrospectives, verdicts
from opsloop.store.engine import Connection
from opsloop.store.improvements import Happened
from opsloop.store.verdicts import KeptVerdict
from opsloop.types import Actor


@dataclass(frozen=True, slots=True)
class ImprovementView:
    """An improvement with its texts and the verdict that was given last.

    Attributes:
        verdict: of the plan in force; None = none was given yet.
        is_registered_late: whether it was registered after its start.
    """

    improvement: Improvement
    title: str
    hypothesis: str | None
    verdict: KeptVerdict | None
    is_registered_late: bool


@dataclass(frozen=True, slots=True)
class ImprovementDetail:
    """An improvement with all that was said and done of it, oldest first."""

    view: ImprovementView
    history: tuple[Happened, ...]
    verdicts: tuple[KeptVerdict, ...]


Setting = Callable[[Improvement, date], dict[str, Any]]


class Improving(Acting):
    """What is registered of improvements; who may is asked towards the improvement's team."""

    def improvements(self) -> list[ImprovementView]:
        """Return all improvements, the newest first, with the verdict given last."""
        with self.store.engines.read() as connection:
            return views_of(connection, improvements.every(connection))

    def improvement(self, number: int) -> ImprovementDetail:
        """Return one with its history and kept verdicts; raises NotFound."""
        with self.store.engines.read() as connection:
            [view] = views_of(connection, [improvements.of(connection, number)])
            history = improvements.history(connection, number)
            return ImprovementDetail(view, tuple(history), tuple(verdicts.kept(connection, number)))

    def open_improvement(
        self,
        actor: Actor,
        *,
        title: str,
        part: Part,
        metric: str,
        hypothesis: str | None = None,
        owner: str | None = None,
        team: str | None = None,
        target: float = DEFAULT_TARGET,
        start_day: date | None = None,
        horizon_weeks: int = DEFAULT_HORIZON,
        control: Part | None = None,
        proposal_key: str | None = None,
        retrospective_id: int | None = None,
    ) -> Improvement:
        """Register an improvement; it is proposed until it is started.

        Args:
            part: the part of the work that it changes, as the figures name it.
            metric: a word of `opsloop.improvements.METRICS`.
            owner: who sees to it; else the actor.
            team: whose it is; else the part's team, else the owner's.
            target: the change that is aimed at, as a share: -0.3 = 30 % less.
            start_day: the first day with the change, if it is known already.
            control: a part in which nothing is changed, to compare with.
            proposal_key: the proposal that it comes from.
            retrospective_id: the retrospective that decided it.

        Raises:
            Refused: it could not be judged, or its proposal is being worked on.
            NotFound: there is no such owner, team or retrospective.
        """
        with self._asking(Deed.IMPROVE, actor), self.store.batch(self.now()) as batch:
            owner = owner or actor.id
            team = team or self._team_of(part, owner)
            if team is not None:
                self._require_team(team)
            if self.config.people:
                self._require_person(owner)
            self._require_role(actor, Deed.IMPROVE, concerns=concerns_of(team, owner))
            rules.registration(
                title=title,
                part=part,
                metric=metric,
                target=target,
                horizon_weeks=horizon_weeks,
                control=control,
            )
            if retrospective_id is not None:
                retrospectives.of(batch.connection, retrospective_id)
            if proposal_key is not None:
                _refuse_twice(batch.connection, proposal_key)
            after = {
                "stage": rules.Stage.PROPOSED,
                "owner": owner,
                "team": team,
                "title": title,
                "hypothesis": hypothesis,
                "dimension": part.dimension,
                "dimension_value": part.value,
                "metric": metric,
                "target": target,
                "start_day": start_day,
                "horizon_weeks": horizon_weeks,
                "control_dimension": control.dimension if control else None,
                "control_value": control.value if control else None,
                "proposal_key": proposal_key,
                "retrospective_id": retrospective_id,
            }
            return improvements.record(batch.connection, None, Step.OPENED, after, actor, batch.now)

    def start_improvement(
        self, number: int, actor: Actor, *, on: date | None = None, text: str | None = None
    ) -> Improvement:
        """Say that the change is made: on its registered day, else on `on`, else today.

        Args:
            text: why on another day than the registered one, if that has begun.
        """
        return self._change(
            number, actor, Step.STARTED, lambda one, today: rules.start(one, on, today, text), text
        )

    def move_improvement(
        self, number: int, actor: Actor, *, to: date, text: str | None = None
    ) -> Improvement:
        """Register another start; once it has begun that needs a reason, and shows."""
        return self._change(
            number, actor, Step.MOVED, lambda one, today: rules.move(one, to, today, text), text
        )

    def finish_improvement(
        self, number: int, actor: Actor, *, text: str | None = None
    ) -> Improvement:
        """Say that it is done and the change stays; its verdict still falls at the horizon."""
        return self._change(number, actor, Step.FINISHED, lambda one, _: rules.finish(one), text)

    def drop_improvement(self, number: int, actor: Actor, *, text: str) -> Improvement:
        """Give it up, for a reason; nothing more is said of its effect."""
        return self._change(number, actor, Step.DROPPED, lambda one, _: rules.drop(one, text), text)

    def _change(
        self, number: int, actor: Actor, step: Step, setting: Setting, text: str | None
    ) -> Improvement:
        with self._asking(Deed.IMPROVE, actor), self.store.batch(self.now()) as batch:
            before = improvements.of(batch.connection, number)
            concerns = concerns_of(before.team, before.owner)
            self._require_role(actor, Deed.IMPROVE, concerns=concerns)
            today = batch.now.date()
            after = setting(before, today)
            return improvements.record(
                batch.connection,
                before,
                step,
                after,
                actor,
                batch.now,
                text=text,
                is_late=rules.is_late(before, after, today),
            )

    def _team_of(self, part: Part, owner: str) -> str | None:
        is_team = part.dimension == "team" and part.value in self.config.teams
        return part.value if is_team else self.config.team_of(owner)


def concerns_of(team: str | None, owner: str | None = None) -> list[Concern]:
    """Return towards whom a role is asked; what is everybody's asks for that of any team."""
    return [] if team is None else [Concern(team, owner)]


def views_of(connection: Connection, found: Sequence[Improvement]) -> list[ImprovementView]:
    """Return improvements with their texts and the verdict that was given last."""
    texts = improvements.texts_of(connection, found)
    given = _last_by_number(verdicts.kept(connection))
    return [
        ImprovementView(
            improvement=one,
            title=texts.get(one.title_id, "(redacted)"),
            hypothesis=texts.get(one.hypothesis_id),
            verdict=given.get((one.improvement_id, one.plan_version)),
            is_registered_late=one.start_day is not None and one.opened_at.date() > one.start_day,
        )
        for one in found
    ]


def _last_by_number(given: Sequence[KeptVerdict]) -> Mapping[tuple[int, int], KeptVerdict]:
    return {(one.improvement_id, one.plan_version): one for one in given}


def _refuse_twice(connection: Connection, proposal_key: str) -> None:
    known = improvements.at_work_on(connection, proposal_key)
    if known is not None:
        raise Refused(
            f"Improvement {known.improvement_id} comes from the proposal {proposal_key} already.",
            "Finish or drop it first.",
        )
