"""Faults at a place of a file."""

from __future__ import annotations

from collections.abc import Collection

from opsloop.faults import Fault, Path, dotted
from opsloop.words import did_you_mean
from opsloop.yaml_source import YamlSource


def fault_at(source: YamlSource, path: Path, what: str, remedy: str) -> Fault:
    """Return a fault at a key of the file, with its line."""
    return Fault(source.file, source.line_of(path), dotted(path), what, remedy)


def unknown(source: YamlSource, path: Path, kind: str, name: str, known: Collection[str]) -> Fault:
    """Return the fault that something is named that does not exist."""
    what = f"There is no {kind} '{name}'.{did_you_mean(name, known)}"
    return fault_at(source, path, what, f"Define it, or name another {kind} here.")
