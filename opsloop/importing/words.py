"""How words of another system become ours: states by pattern, priorities, severities, classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import translate
from re import IGNORECASE, Pattern
from re import compile as compile_pattern

from opsloop.faults import refuse
from opsloop.lifecycle import CLASSES, WAITING_KINDS
from opsloop.types import PRIORITIES, Severity, State
from opsloop.words import did_you_mean


@dataclass(frozen=True, slots=True)
class StateWord:
    """A state, and whom it waits for if that is known."""

    state: State
    waiting_kind: str | None = None

    def __str__(self) -> str:
        return f"{self.state} {self.waiting_kind}" if self.waiting_kind else str(self.state)


def state_word(text: str) -> StateWord:
    """Return what a word of a map's `states` means: `active`, or `waiting customer`.

    Raises:
        PydanticCustomError: there is no such state, or nobody waits for that.
    """
    name, _, kind = text.strip().partition(" ")
    kind = kind.strip()
    if name not in set(State):
        raise refuse(
            f"'{name}' is not a state.{did_you_mean(name, State)}", f"States: {', '.join(State)}."
        )
    if kind and name != State.WAITING:
        raise refuse(f"'{name}' waits for nobody.", "Only `waiting` says for whom.")
    if kind and kind not in WAITING_KINDS:
        raise refuse(
            f"Nobody waits for '{kind}'.{did_you_mean(kind, WAITING_KINDS)}",
            f"Use `waiting` and one of: {', '.join(WAITING_KINDS)}.",
        )
    return StateWord(State(name), kind or None)


class States:
    """The states of a map, by the words of the log; the first pattern that fits counts.

    Args:
        patterns: `*` and `?` stand for any letters, and case does not matter. None at all: the log
            uses our words.
    """

    def __init__(self, patterns: Mapping[str, StateWord]) -> None:
        self._patterns: list[tuple[Pattern[str], StateWord]] = [
            (compile_pattern(translate(pattern), IGNORECASE), word)
            for pattern, word in (patterns or _OUR_STATES).items()
        ]
        self._known: dict[str, StateWord | None] = {}

    def of(self, text: str) -> StateWord | None:
        """Return what a word of the log means; None if the map does not say."""
        if text not in self._known:
            self._known[text] = next(
                (word for pattern, word in self._patterns if pattern.match(text.strip())), None
            )
        return self._known[text]


_OUR_STATES = {str(state): StateWord(state) for state in State}


def priority_of(text: str) -> str | None:
    """Return P1 to P4 for `P1`, `1` or `1 - Critical`; None for anything else."""
    word = text.strip().upper().removeprefix("P").strip()
    digits = word[: len(word) - len(word.lstrip("0123456789"))]
    name = f"P{digits}"
    return name if name in PRIORITIES else None


def severity_of(text: str) -> Severity | None:
    """Return the severity of that name; None if there is none."""
    word = text.strip().lower()
    return Severity(word) if word in set(Severity) else None


def class_of(text: str) -> str | None:
    """Return the class of that name; None if there is none."""
    word = text.strip().lower()
    return word if word in CLASSES else None
