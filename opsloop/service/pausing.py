"""Standing still and going on: waiting for somebody, sleeping until later."""

from __future__ import annotations

from datetime import datetime

from opsloop import lifecycle
from opsloop.roles import Deed
from opsloop.service.acting import Acting
from opsloop.types import Actor, Change, Incident


class Pausing(Acting):
    """The actions that stop an incident's clocks, and those that let them go on."""

    def wait(
        self,
        number: int,
        actor: Actor,
        *,
        kind: str,
        on: str,
        reason: str,
        follow_up_at: datetime | None = None,
        every_s: int | None = None,
        expect: int | None = None,
    ) -> Incident:
        """Let it wait on somebody (`kind`: one of `lifecycle.WAITING_KINDS`), for a reason.

        Args:
            follow_up_at: until when; then they are to be asked again. Else after `every_s`.
            every_s: seconds of business time from one follow-up to the next; else as the incident's
                service level says.
        """

        def change(incident: Incident, now: datetime) -> Change:
            every = every_s if every_s is not None else self._usual_pause(incident)
            return lifecycle.wait(
                incident,
                kind=kind,
                on=on,
                reason=reason,
                follow_up_at=follow_up_at or self._later(incident, now, every),
                every_s=every,
                now=now,
            )

        return self._act(Deed.WAIT, number, actor, expect, change)

    def follow_up(
        self,
        number: int,
        actor: Actor,
        *,
        text: str | None = None,
        next_at: datetime | None = None,
        expect: int | None = None,
    ) -> Incident:
        """Note that whom it waits on was asked again; refused to the second of two who ask.

        Args:
            next_at: when to ask again; else after as long as this wait says.
        """

        def change(incident: Incident, now: datetime) -> Change:
            later = next_at or self._later(incident, now, incident.follow_up_every_s)
            return lifecycle.follow_up(incident, later, text, now)

        return self._act(Deed.FOLLOW_UP, number, actor, expect, change)

    def _usual_pause(self, incident: Incident) -> int | None:
        """Return how long an incident's service level waits between follow-ups, in seconds."""
        level = self.config.service_levels.get(incident.policy or "")
        policy = level.escalation() if level else None
        return policy.follow_up.every_s if policy and policy.follow_up else None

    def _later(self, incident: Incident, now: datetime, pause_s: int | None) -> datetime | None:
        """Return the moment after so much business time of an incident; None after no pause."""
        if pause_s is None or pause_s <= 0:
            return None
        return self.store.terms_in_force().calendar_of(incident).due(now, pause_s)

    def resume(
        self, number: int, actor: Actor, *, text: str | None = None, expect: int | None = None
    ) -> Incident:
        """Go on with what waited."""
        return self._act(
            Deed.RESUME,
            number,
            actor,
            expect,
            lambda incident, now: lifecycle.resume(incident, text, now),
        )

    def snooze(
        self,
        number: int,
        actor: Actor,
        *,
        until: datetime | None = None,
        more_events: int | None = None,
        worse_by: float | None = None,
        reason: str = "",
        expect: int | None = None,
    ) -> Incident:
        """Let it sleep until a moment, until more events join, or until it worsens by a share."""
        return self._act(
            Deed.SNOOZE,
            number,
            actor,
            expect,
            lambda incident, now: lifecycle.snooze(
                incident,
                until=until,
                more_events=more_events,
                worse_by=worse_by,
                reason=reason,
                now=now,
            ),
        )

    def wake(self, number: int, actor: Actor, *, expect: int | None = None) -> Incident:
        """End a snooze early."""
        return self._act(Deed.WAKE, number, actor, expect, lifecycle.wake)
