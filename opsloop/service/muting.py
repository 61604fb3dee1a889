"""Mutes: people keep events from opening incidents for a while."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from opsloop.errors import Refused
from opsloop.roles import Concern, Deed, Lack, lack_of
from opsloop.routing.values import Scalar
from opsloop.service.acting import Acting
from opsloop.store import Store, mutes
from opsloop.store.mutes import Mute
from opsloop.store.suppressed import (
    Acceptance,
    Suppressed,
    acceptances,
    count_suppressed,
    suppressed,
)
from opsloop.types import Actor


@dataclass(frozen=True, slots=True)
class MuteView:
    """A mute, how many events it holds back now, and how many it has held back in all."""

    mute: Mute
    held_back: int
    held_back_in_all: int


def mutes_of(store: Store, now: datetime, *, with_ended: bool = False) -> list[MuteView]:
    """Return the mutes, those that end last first, with what they hold back.

    Args:
        with_ended: those that have ended too; they hold nothing back now.
    """
    with store.engines.read() as connection:
        return [
            MuteView(
                mute,
                mutes.held_back(connection, mute) if mute.ends_at > now else 0,
                mutes.held_back_in_all(connection, mute),
            )
            for mute in mutes.all_mutes(connection, None if with_ended else now)
        ]


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A part of what is held back now, and how much there is in all."""

    events: tuple[Suppressed, ...]
    total: int


def suppressed_events(
    store: Store, now: datetime, monitor_id: str | None = None, *, limit: int | None = None
) -> HeldBack:
    """Return what fires and opens nothing now, by monitor, what fires longest first."""
    with store.engines.read() as connection:
        found = suppressed(connection, now, monitor_id, limit=limit)
        return HeldBack(tuple(found), count_suppressed(connection, monitor_id))


def acceptances_of(store: Store, now: datetime) -> list[Acceptance]:
    """Return the acceptances in force, with what they hold back; reopening an incident ends one."""
    with store.engines.read() as connection:
        return acceptances(connection, now)


class Muting(Acting):
    """Mutes are set with an end and a reason, and can be ended early."""

    def mute(
        self,
        actor: Actor,
        *,
        monitor_id: str | None = None,
        entity_id: str | None = None,
        evidence: Mapping[str, Scalar | None] | None = None,
        until: datetime,
        reason: str,
    ) -> int:
        """Let the events of which all that is said holds open nothing until a moment.

        Args:
            entity_id: an entity's id, or a pattern of ids.
            evidence: column → value of the evidence; None stands for null. A text is no number.
            until: the end, UTC.

        Returns:
            The mute's id.

        Raises:
            Forbidden: the actor leads not the team that owns the monitor, or none if it is unknown.
            Refused: it would mute everything, is over already, or has no reason.
        """
        with self._asking(Deed.MUTE, actor), self.store.batch(self.now()) as batch:
            self._require_role(actor, Deed.MUTE, concerns=self._owners(monitor_id))
            now = self.now()
            if monitor_id is None and entity_id in (None, "", "*") and not evidence:
                raise Refused(
                    "A mute of everything is refused.",
                    "Name a monitor, an entity or an evidence value.",
                )
            if until <= now:
                raise Refused(
                    f"The mute would end at {until:%Y-%m-%d %H:%M} UTC, which is over.",
                    "Give an end in the future.",
                )
            if not reason.strip():
                raise Refused("A mute needs a reason.", "Say why.")
            return mutes.add(
                batch.connection,
                monitor_id=monitor_id,
                entity_id=entity_id,
                evidence=evidence or {},
                now=now,
                until=until,
                reason=reason,
                person=actor.id,
            )

    def unmute(self, mute_id: int, actor: Actor) -> None:
        """End a mute now; raises NotFound unless it is in force."""
        with self._asking(Deed.UNMUTE, actor), self.store.batch(self.now()) as batch:
            monitor_id = mutes.in_force(batch.connection, mute_id, batch.now).monitor_id
            self._require_role(actor, Deed.UNMUTE, concerns=self._owners(monitor_id))
            mutes.end(batch.connection, mute_id, actor.id, batch.now)

    def lack_of_mute(self, actor: Actor, deed: Deed, monitor_id: str | None = None) -> Lack | None:
        """Return what somebody lacks to mute or unmute something; None if nothing.

        A monitor asks for a lead of the team that owns it, anything else for a lead of any team.
        """
        return lack_of(self.config.chart, actor.id, deed, self._owners(monitor_id))

    def _owners(self, monitor_id: str | None) -> tuple[Concern, ...]:
        owner = None if monitor_id is None else self.owner_of(monitor_id)
        return (Concern(owner),) if owner else ()
