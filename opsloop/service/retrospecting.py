"""Retrospectives: their agenda, decisions and actions, and what became of last time's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from opsloop import retrospectives as rules
from opsloop.errors import Refused
from opsloop.retrospectives import Item, ItemKind, ItemState, Retrospective
from opsloop.roles import Deed
from opsloop.service.acting import Acting
from opsloop.service.improving import ImprovementView, concerns_of, views_of
from opsloop.store import improvements, retrospectives
from opsloop.store.batch import Batch
from opsloop.store.engine import Connection
from opsloop.store.retrospectives import Said
from opsloop.types import Actor


@dataclass(frozen=True, slots=True)
class Became:
    """An action or decision, what became of it, and the improvement that it led to.

    Attributes:
        is_overdue: whether it is open past its due day.
        team: whose retrospective noted it; None = everybody's.
    """

    said: Said
    improvement: ImprovementView | None
    is_overdue: bool
    team: str | None


@dataclass(frozen=True, slots=True)
class RetrospectiveView:
    """A retrospective, what was noted in it, and what it began with.

    Attributes:
        items: its own, in the order in which they were noted.
        begins_with: what became of the actions of earlier ones: those that were open when it
            began, and those that were settled since the one before.
    """

    retrospective: Retrospective
    items: tuple[Became, ...]
    begins_with: tuple[Became, ...]


class Retrospecting(Acting):
    """What retrospectives keep; who may is asked towards the retrospective's team."""

    def retrospectives(self) -> list[Retrospective]:
        """Return all retrospectives, the newest first."""
        with self.store.engines.read() as connection:
            return retrospectives.every(connection)

    def retrospective(self, number: int) -> RetrospectiveView:
        """Return one with its items and what it began with; raises NotFound."""
        today = self.now().date()
        with self.store.engines.read() as connection:
            found = retrospectives.of(connection, number)
            items = _became(connection, retrospectives.items(connection, number), today)
            return RetrospectiveView(
                found, tuple(items), tuple(_begins_with(connection, found, today))
            )

    def last_actions(self, team: str | None = None) -> list[Became]:
        """Return what became of last time's actions: those of each team's last retrospective.

        It is the last that is over. The team that held one last comes first, and of a team the
        open actions of earlier ones: nobody has let go of them.

        Args:
            team: of that team's retrospectives alone; None = of every team's, and everybody's.
        """
        today = self.now().date()
        with self.store.engines.read() as connection:
            held = [
                one
                for one in retrospectives.every(connection)
                if not one.is_open and team in (None, one.team)
            ]
            teams = {one.retrospective_id: one.team for one in held}
            last: dict[str | None, int] = {}
            for one in held:  # the newest first
                last.setdefault(one.team, one.retrospective_id)
            wanted = [
                said
                for said in _actions(connection)
                if said.item.retrospective_id in last.values()
                or (said.item.retrospective_id in teams and said.item.state is ItemState.OPEN)
            ]
            wanted.sort(key=lambda said: -last[teams[said.item.retrospective_id]])
            return _became(connection, wanted, today)

    def open_retrospective(
        self,
        actor: Actor,
        *,
        team: str | None = None,
        from_day: date | None = None,
        to_day: date | None = None,
    ) -> Retrospective:
        """Begin a retrospective.

        Args:
            team: whose it is; None = everybody's.
            from_day, to_day: the first day that it looks at, and the first after.

        Raises:
            Refused: the team's last one is not closed, or the days end before they begin.
            NotFound: there is no such team.
        """
        with self._asking(Deed.DECIDE, actor), self.store.batch(self.now()) as batch:
            if team is not None:
                self._require_team(team)
            self._require_role(actor, Deed.DECIDE, concerns=concerns_of(team))
            if from_day and to_day and to_day <= from_day:
                raise Refused(
                    f"From {from_day} to {to_day} there is no day.",
                    "The end is the first day after them.",
                )
            for one in retrospectives.every(batch.connection):
                if one.is_open and one.team == team:
                    raise Refused(
                        f"Retrospective {one.retrospective_id} is still open.",
                        f"Close it: `opsloop retrospectives close {one.retrospective_id}`.",
                    )
            after = {"team": team, "from_day": from_day, "to_day": to_day}
            return retrospectives.begin(batch.connection, after, actor, batch.now)

    def note(self, number: int, actor: Actor, *, text: str) -> Item:
        """Put something on the agenda of an open retrospective."""
        return self._add(Deed.NOTE, number, actor, text, {"kind": ItemKind.AGENDA})

    def decide(
        self, number: int, actor: Actor, *, text: str, improvement_id: int | None = None
    ) -> Item:
        """Write down what an open retrospective decided."""
        after = {"kind": ItemKind.DECISION, "improvement_id": improvement_id}
        return self._add(Deed.DECIDE, number, actor, text, after)

    def give_action(
        self,
        number: int,
        actor: Actor,
        *,
        text: str,
        owner: str,
        due_day: date | None = None,
        improvement_id: int | None = None,
    ) -> Item:
        """Write down what somebody is to do until the next retrospective.

        Args:
            owner: who does it.
            due_day: by when.
            improvement_id: the improvement that it is part of.
        """
        after = {
            "kind": ItemKind.ACTION,
            "owner": owner,
            "due_day": due_day,
            "improvement_id": improvement_id,
        }
        return self._add(Deed.DECIDE, number, actor, text, after)

    def settle_action(
        self, item_id: int, actor: Actor, *, is_done: bool, text: str | None = None
    ) -> Item:
        """Say what became of an action: it is done, or dropped for a reason.

        Its owner may, and whoever is a member of the retrospective's team.
        """
        state = ItemState.DONE if is_done else ItemState.DROPPED
        with self._asking(Deed.NOTE, actor), self.store.batch(self.now()) as batch:
            item = retrospectives.item(batch.connection, item_id)
            team = retrospectives.of(batch.connection, item.retrospective_id).team
            self._require_role(actor, Deed.NOTE, concerns=concerns_of(team, item.owner))
            rules.require_settleable(item, state, text)
            return retrospectives.settle(batch.connection, item, state, text, actor, batch.now)

    def close_retrospective(self, number: int, actor: Actor) -> Retrospective:
        """End a retrospective: what it said stays; its actions go on."""
        with self._asking(Deed.DECIDE, actor), self.store.batch(self.now()) as batch:
            before = self._open_one(batch, Deed.DECIDE, number, actor)
            return retrospectives.close(batch.connection, before, actor, batch.now)

    def _add(
        self, deed: Deed, number: int, actor: Actor, text: str, after: Mapping[str, object]
    ) -> Item:
        with self._asking(deed, actor), self.store.batch(self.now()) as batch:
            before = self._open_one(batch, deed, number, actor)
            if not text.strip():
                raise Refused("There is no text.", "Say what it is.")
            owner, improvement_id = after.get("owner"), after.get("improvement_id")
            if isinstance(owner, str) and self.config.people:
                self._require_person(owner)
            if isinstance(improvement_id, int):
                improvements.of(batch.connection, improvement_id)
            return retrospectives.add_item(batch.connection, before, after, text, actor, batch.now)

    def _open_one(self, batch: Batch, deed: Deed, number: int, actor: Actor) -> Retrospective:
        before = retrospectives.of(batch.connection, number)
        self._require_role(actor, deed, concerns=concerns_of(before.team))
        rules.require_open(before)
        return before


def _actions(connection: Connection) -> list[Said]:
    found = retrospectives.items(connection)
    return [said for said in found if said.item.kind is ItemKind.ACTION]


def _begins_with(connection: Connection, found: Retrospective, today: date) -> list[Became]:
    """Return the earlier actions that were open when it began, or settled since the one before."""
    before = [
        one
        for one in retrospectives.every(connection)
        if one.retrospective_id < found.retrospective_id and one.team == found.team
    ]
    numbers = {one.retrospective_id for one in before}
    since = before[0].opened_at if before else found.opened_at
    wanted = [
        said
        for said in _actions(connection)
        if said.item.retrospective_id in numbers
        and (said.item.settled_at is None or said.item.settled_at >= since)
    ]
    return _became(connection, wanted, today)


def _became(connection: Connection, said: list[Said], today: date) -> list[Became]:
    numbers = {one.item.improvement_id for one in said}
    named = [one for one in improvements.every(connection) if one.improvement_id in numbers]
    views = {view.improvement.improvement_id: view for view in views_of(connection, named)}
    teams = {one.retrospective_id: one.team for one in retrospectives.every(connection)}
    return [
        Became(
            said=one,
            improvement=views.get(one.item.improvement_id or 0),
            is_overdue=_is_overdue(one.item, today),
            team=teams[one.item.retrospective_id],
        )
        for one in said
    ]


def _is_overdue(item: Item, today: date) -> bool:
    is_open = item.kind is ItemKind.ACTION and item.state is ItemState.OPEN
    return is_open and item.due_day is not None and item.due_day < today
