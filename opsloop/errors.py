"""What can go wrong, each with the object it happened to and what to do about it.

The command line turns an `OpsloopError` into one line and exit code 1; a traceback there is a bug.
"""

from __future__ import annotations

from collections.abc import Sequence


class OpsloopError(Exception):
    """Base of everything that opsloop raises on purpose.

    Args:
        message: what happened, to what, in one sentence.
        remedy: what the reader can do now, in one sentence; may be empty.
    """

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class ConfigError(OpsloopError):
    """Settings or a definition are wrong; `faults` names each file, key and remedy."""

    def __init__(self, message: str, faults: Sequence[str] = (), remedy: str = "") -> None:
        super().__init__(message, remedy)
        self.faults = tuple(faults)

    def __str__(self) -> str:
        parts = [self.message, "; ".join(self.faults), self.remedy]
        return " ".join(part for part in parts if part)


class StoreError(OpsloopError):
    """The incident store cannot be opened, is corrupt, is newer than this opsloop, or is full."""


class StoreBusy(StoreError):
    """Another process held the store's write lock for longer than we wait."""


class SyncBusy(OpsloopError):
    """Another sync is at work; it will pick up what this one would have."""


class WarehouseError(OpsloopError):
    """The warehouse cannot be read or written."""


class WarehouseLocked(WarehouseError):
    """Another process holds the warehouse; the message says which."""


class NotFound(OpsloopError):
    """An incident, escalation, mute or monitor that does not exist was named."""


class Refused(OpsloopError):
    """The lifecycle does not allow this action on this incident now."""


class UnknownPerson(NotFound):
    """The settings know nobody of the name of who wants to act."""


class Forbidden(Refused):
    """Who wants to act lacks the role that it needs.

    Args:
        deed: what they may not do, a word of `opsloop.roles.Deed`.
        needs: the role, a word of `opsloop.roles.Role`.
    """

    def __init__(self, message: str, remedy: str, *, deed: str, needs: str) -> None:
        super().__init__(message, remedy)
        self.deed = deed
        self.needs = needs


class SomebodyWasFirst(Refused):
    """The incident changed since the reader saw it; says who did what since."""


class DbtFailed(OpsloopError):
    """A dbt command failed as a whole (not: one of its monitors did)."""
