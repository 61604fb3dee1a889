"""What an address asks of a figure beside part and period, as its page says it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from opsloop.reporting import words
from opsloop.reporting.first_screen import CAUSES, TARGETS
from opsloop.reporting.process_tables import named, way
from opsloop.reporting.wellness import FOUND_BY
from opsloop.service.figures import process
from opsloop.warehouse.serving import ServingCopy

SAID: Mapping[str, Callable[[str], str]] = {
    "target": TARGETS.__getitem__,
    "cause": CAUSES.__getitem__,
    "finder": FOUND_BY.__getitem__,
    "unit": str,
    "entity": str,
    "monitor_id": words.value_name,
    "incident_type": words.value_name,
    "incident_team": words.value_name,
    "receiver": words.value_name,
    "escalation_type": words.readable,
    "from_activity": named,
    "to_activity": named,
    "activity": named,
}


def said_of(copy: ServingCopy, values: Mapping[str, str]) -> Iterator[str]:
    """Yield what was asked for, value by value."""
    for name, value in values.items():
        if name in SAID:
            yield SAID[name](value)
        elif name == "path_id" and (path := process.path(copy, value)) is not None:
            yield way(path)
