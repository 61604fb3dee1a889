"""What is wrong with maintenance windows and inhibitions among each other, and what they name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from opsloop.config.inhibition import InhibitionSettings, circle_faults
from opsloop.config.maintenance import WindowSettings
from opsloop.config.routing.faults import fault_at, unknown
from opsloop.faults import Fault, Path
from opsloop.routing.globs import WILDCARDS, glob_matches
from opsloop.yaml_source import YamlSource


def suppression_faults(
    source: YamlSource,
    windows: Sequence[WindowSettings],
    inhibitions: Sequence[InhibitionSettings],
) -> Iterator[Fault]:
    """Yield names that are there twice, and circles."""
    yield from _double_names(source, "maintenance", [window.name for window in windows])
    yield from _double_names(source, "inhibitions", [one.name for one in inhibitions])
    yield from circle_faults(source, inhibitions)


def suppression_monitor_faults(
    source: YamlSource,
    windows: Sequence[WindowSettings],
    inhibitions: Sequence[InhibitionSettings],
    monitors: Collection[str],
) -> Iterator[Fault]:
    """Yield a fault for each monitor that is named and does not exist.

    Args:
        monitors: the ids of all monitors, broken ones and opsloop's own among them.
    """
    for place, window in enumerate(windows):
        yield from _unmatched(source, ("maintenance", place, "monitors"), window.monitors, monitors)
    for place, one in enumerate(inhibitions):
        if one.source not in monitors:
            yield unknown(source, ("inhibitions", place, "source"), "monitor", one.source, monitors)
        yield from _unmatched(source, ("inhibitions", place, "target"), one.target, monitors)


def _unmatched(
    source: YamlSource, path: Path, patterns: Sequence[str], monitors: Collection[str]
) -> Iterator[Fault]:
    for number, pattern in enumerate(patterns):
        if pattern == "*" or any(glob_matches(pattern, monitor) for monitor in monitors):
            continue
        section, place, key = path
        is_list = isinstance(source.data[section][place].get(key), list)
        here = (*path, number) if is_list else path
        if set(pattern) & WILDCARDS:
            what = f"No monitor's id matches '{pattern}'."
            yield fault_at(source, here, what, "`opsloop monitors list` shows all.")
        else:
            yield unknown(source, here, "monitor", pattern, monitors)


def _double_names(source: YamlSource, section: str, names: Sequence[str]) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for place, name in enumerate(names):
        if first.setdefault(name, place) != place:
            line = source.line_of((section, first[name]))
            what = f"The one in line {line} has the name '{name}' already."
            yield fault_at(source, (section, place, "name"), what, "Rename one.")
