"""Settings with an office's hours and one service level, for tests of clocks."""

from __future__ import annotations

from typing import Any

from opsloop.config import Config
from opsloop.config.calendars import CalendarSettings
from opsloop.config.service_levels import ServiceLevelSettings
from tests.integration.event_tables import CONFIG


def settings(**changes: Any) -> Config:
    """Return settings with an office open 08-12 and 13-17 UTC on weekdays, and one level."""
    office = {"time_zone": "UTC", "hours": {"mon-fri": ["08:00-12:00", "13:00-17:00"]}}
    standard: dict[str, Any] = {
        "calendar": "office",
        "targets": {
            "acknowledge": {"P3": {"hours": 1}},
            "resolve": {"P3": {"hours": 4}, "P1": {"hours": 1}},
        },
    }
    standard.update(changes.pop("standard", {}))
    return CONFIG.model_copy(
        update={
            "calendars": {"office": CalendarSettings.model_validate(office)},
            "service_levels": {"standard": ServiceLevelSettings.model_validate(standard)},
            "default_service_level": "standard",
            **changes,
        }
    )
