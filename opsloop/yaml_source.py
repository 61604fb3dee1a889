"""YAML that remembers on which line each key stands."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import Node

from opsloop.faults import Fault


@dataclass(frozen=True, slots=True)
class YamlSource:
    """A file's content and where its parts stand. `file` is the name to show."""

    file: str
    data: Any

    def line_of(self, path: tuple[str | int, ...]) -> int | None:
        """Return the line (from 1) of the deepest part of `path` that the file has."""
        node, line = self.data, None
        for part in path:
            try:
                position = (
                    node.lc.key(part) if isinstance(node, CommentedMap) else _item(node, part)
                )
                node = node[part]
            except (AttributeError, KeyError, IndexError, TypeError):
                break
            line = position[0] + 1
        return line


def _item(node: Any, part: str | int) -> tuple[int, int]:
    if not isinstance(node, CommentedSeq):
        raise TypeError(part)
    line, column = node.lc.item(part)
    return line, column


class _NoValue(Exception):
    """A word has the form of a value, and is none: the 30th of February."""

    def __init__(self, node: Node) -> None:
        super().__init__(node.value)
        self.text = str(node.value)
        self.is_time = str(node.tag).endswith(":timestamp")
        self.line: int = node.start_mark.line + 1


class _Constructor(RoundTripConstructor):
    def construct_object(self, node: Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep=deep)
        except ValueError as error:
            raise _NoValue(node) from error


def _no_value(error: _NoValue, file: str) -> Fault:
    if not error.is_time:
        what = f"{error.text} is no such value."
        return Fault(file, error.line, "", what, "Write one, or leave its tag out.")
    kind = "time" if ":" in error.text else "day"
    remedy = "Write one that the calendar has, such as 2024-03-31."
    return Fault(file, error.line, "", f"{error.text} is no {kind}.", remedy)


def read_yaml(path: Path, file: str) -> YamlSource | Fault:
    """Read a YAML file; a file that is no YAML is a fault, not an exception.

    Args:
        path: where the file is.
        file: how to name it in messages.
    """
    try:
        text = path.read_text(encoding="utf-8")
        yaml = YAML(typ="rt", pure=True)
        yaml.Constructor = _Constructor
        return YamlSource(file, yaml.load(io.StringIO(text)))
    except _NoValue as error:
        return _no_value(error, file)
    except UnicodeDecodeError as error:
        return Fault(file, None, "", f"It is not UTF-8 text ({error.reason}).", "Save it as UTF-8.")
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(str(error.problem or error.context).split())
        line = mark.line + 1 if mark else None
        return Fault(file, line, "", f"It is not valid YAML: {what}.", "Mend the YAML there.")
    except YAMLError as error:
        what = " ".join(str(error).split())
        return Fault(file, None, "", f"It is not valid YAML: {what}.", "Mend the YAML.")
