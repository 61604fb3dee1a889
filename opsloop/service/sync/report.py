"""What a sync did, counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MonitorTrouble:
    """A monitor whose last run cannot be trusted."""

    monitor_id: str
    status: str  # held, error, skipped, rejects, unread
    message: str


@dataclass(slots=True)
class SyncReport:
    """What one sync did. `counts` is by what happened: opened, attached, cleared, resolved, …"""

    counts: Counter[str] = field(default_factory=Counter)
    monitors: int = 0
    events: int = 0
    floods: list[int] = field(default_factory=list)
    troubles: list[MonitorTrouble] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def warn(self, warning: str) -> None:
        """Add a warning once."""
        if warning not in self.warnings:
            self.warnings.append(warning)
