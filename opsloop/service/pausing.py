"""Standing still and going on: waiting for somebody, sleeping until later."""

from __future__ import annotations

from datetime import datetime

from opsloop import lifecycle
from opsloop.roles import Deed
from opsloop.service.acting import Acting
from opsloop.types import Actor, Incident


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
        """Let it wait on somebody (`kind`: one of `lifecycle.WAITING_KINDS`), for a reason."""
        return self._act(
            Deed.WAIT,
            number,
            actor,
            expect,
            lambda incident, now: lifecycle.wait(
                incident,
                kind=kind,
                on=on,
                reason=reason,
                follow_up_at=follow_up_at,
                every_s=every_s,
                now=now,
            ),
        )

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
