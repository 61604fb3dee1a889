"""Faults in files that people write: where, which key, what is wrong, and the remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from opsloop.words import did_you_mean

Path = tuple[str | int, ...]
LineOf = Callable[[Path], int | None]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a file.

    `key` is the dotted path inside the file; `monitor` the model it belongs to, if any. A monitor
    with a blocking fault cannot run; the others (a missing runbook) are to be mended all the same.
    """

    file: str
    line: int | None
    key: str
    what: str
    remedy: str
    monitor: str | None = None
    is_blocking: bool = True

    @property
    def place(self) -> str:
        """The file and line as editors understand them: `opsloop.yml:12`."""
        return self.file if self.line is None else f"{self.file}:{self.line}"

    def __str__(self) -> str:
        place = f"{self.place} {self.key}" if self.key else self.place
        return f"{place}: {self.what} {self.remedy}".strip()


def refuse(what: str, remedy: str) -> PydanticCustomError:
    """Return the error that a pydantic validator raises to become a `Fault` with this text."""
    return PydanticCustomError("opsloop", "{what}", {"what": what, "remedy": remedy})


def faults_of(
    error: ValidationError,
    *,
    file: str,
    line_of: LineOf,
    keys_at: Callable[[Path], Sequence[str]],
    prefix: Path = (),
    monitor: str | None = None,
) -> Iterator[Fault]:
    """Yield pydantic's findings as faults.

    Args:
        line_of: gives the line of a path inside the file.
        keys_at: gives the keys that the mapping at a path knows, for "did you mean".
        prefix: where in the file the validated part begins.
        monitor: the model that the faults belong to.
    """
    for details in error.errors():
        path = tuple(part for part in details["loc"] if not _is_pydantics_own(part))
        what, remedy = _in_words(details, path, keys_at)
        yield Fault(
            file=file,
            line=line_of(prefix + path),
            key=dotted(path),
            what=what,
            remedy=remedy,
            monitor=monitor,
        )


def dotted(path: Path) -> str:
    """Return a path as people write it: `teams.dispatch.members[2]`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _is_pydantics_own(part: str | int) -> bool:
    # a mapping's bad key is reported as (…, key, "[key]")
    return isinstance(part, str) and part.startswith("[")


def _in_words(
    details: ErrorDetails, path: Path, keys_at: Callable[[Path], Sequence[str]]
) -> tuple[str, str]:
    """Return what is wrong and what to do, in our words where pydantic's are for programmers."""
    context: Mapping[str, Any] = details.get("ctx", {})
    given = details["input"]
    name = path[-1] if path else ""
    match details["type"]:
        case "opsloop":
            return str(context["what"]), str(context["remedy"])
        case "extra_forbidden":
            known = keys_at(path[:-1])
            return (
                f"'{name}' is not a known key.{did_you_mean(name, known)}",
                f"Known keys: {', '.join(known)}.",
            )
        case "missing":
            return f"'{name}' is missing.", f"Add `{name}: …`."
        case "enum" | "literal_error":
            choices = str(context["expected"]).replace("'", "")
            words = choices.replace(" or ", ", ").split(", ")
            return f"'{given}' is not one of {choices}.{did_you_mean(given, words)}", ""
        case "model_type" | "dict_type":
            return f"Keys and values belong here, but it says {_short(given)}.", ""
        case "tuple_type" | "list_type":
            return f"A list belongs here, but it says {_short(given)}.", "Write `[…]`."
        case kind if kind.startswith("date_"):
            what = f"It should be a day, such as 2024-03-31, but it says {_short(given)}."
            return what, ""
        case _:
            message = details["msg"].removeprefix("Input should be a valid ")
            message = message.removeprefix("Input should be ")
            return f"It should be {message}, but it says {_short(given)}.", ""


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
