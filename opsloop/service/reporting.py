"""Incidents that somebody noticed and no monitor found."""

from __future__ import annotations

from typing import Any

from opsloop import lifecycle
from opsloop.errors import Refused
from opsloop.roles import Deed
from opsloop.service.acting import Acting
from opsloop.service.placing import Placer, facts_of
from opsloop.types import Action, Actor, Change, Incident, Severity, State

LONGEST_TITLE = 500  # characters


class Reporting(Acting):
    """Entering incidents by hand."""

    def report(
        self,
        actor: Actor,
        title: str,
        *,
        team: str | None = None,
        severity: Severity = Severity.MEDIUM,
        class_: str = "exception",
        type_: str | None = None,
        entity_id: str | None = None,
        found_by: str | None = None,
        text: str | None = None,
    ) -> Incident:
        """Open an incident; rules place it like any other.

        Args:
            title: one line that says what is wrong.
            team: who should have it unless a rule says otherwise; else the actor's team.
            found_by: who noticed it, a customer say; else the actor.
            text: what is known; becomes the first comment.

        Raises:
            Refused: there is no title, or no such class.
            NotFound: there is no such team.
        """
        with self._doing(Deed.REPORT, actor) as (batch, _):
            title = " ".join(title.split())
            if not title or len(title) > LONGEST_TITLE:
                raise Refused(
                    f"The title has {len(title)} characters.", f"Write 1 to {LONGEST_TITLE}."
                )
            if class_ not in lifecycle.CLASSES:
                raise Refused(
                    f"There is no class {class_!r}.", f"Use one of: {', '.join(lifecycle.CLASSES)}."
                )
            if team is not None:
                self._require_team(team)
            placer = Placer(
                batch.connection,
                self.config,
                self.store.versions(),
                self.store.terms_in_force(),
            )
            facts = facts_of(
                self.config,
                batch.now,
                owner=team or self.config.team_of(actor.id),
                severity=severity,
                entity=entity_id,
                class_=class_,
            )
            placed = placer.place(facts)
            after: dict[str, Any] = {
                "state": State.NEW,
                "opened_at": batch.now,
                "entity_id": entity_id,
                "class": class_,
                "type": type_ or "reported",
                "severity": severity,
                "priority": self.config.priority_of(severity),
                "priority_overridden": False,
                "is_flood": False,
                "events_total": 0,
                "events_firing": 0,
                "found_by": found_by or actor.id,
                **placed.after,
            }
            payload = {"placed": placed.why} if placed.why else None
            change = Change(Action.OPENED, batch.now, after, text=title, payload=payload)
            incident = batch.open(batch.new_incident_ids()[0], change, actor)
            if text and text.strip():
                incident = batch.record(
                    incident, lifecycle.comment(incident, text, batch.now), actor
                )
            return incident
