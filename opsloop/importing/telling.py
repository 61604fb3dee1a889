"""What one row says, in our words; or why it is left out. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from opsloop.importing.schema import ImportMap, RowRule
from opsloop.importing.words import States, StateWord, class_of, priority_of, severity_of
from opsloop.lifecycle import LONGEST_WORK, WAITING_KINDS

Pseudonym = Callable[[str], str]
Row = Sequence[Any]

_LONGEST_MINUTES = LONGEST_WORK.total_seconds() / 60
LONGEST_TEXT = 10_000
MOST_COUNTED = 10_000


class Reject(NamedTuple):
    """A row that was left out: where it stands, and why."""

    line: int
    case: str | None
    reason: str
    detail: str


class Refusal(Exception):
    """Raised within a row: the reason, and the details."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Fired:
    """A rule of the map's `rows` over one row.

    Args:
        holds: whether its `when` does.
        at: its own moment, UTC, if it says one.
        count: its counter.
    """

    rule: RowRule
    holds: bool
    at: datetime | None
    count: int | None
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """What a row says.

    Args:
        at: when it was written, UTC.
        identity: what it is known by.
        actor: who wrote it; None = nobody, or it does not say.
        values: after-values by column of the log, where the row says any.
        facts: of the whole case.
    """

    line: int
    at: datetime
    identity: str
    actor: str | None
    title: str | None
    state: StateWord | None
    values: Mapping[str, Any]
    facts: Mapping[str, Any]
    fired: tuple[Fired, ...]

    @property
    def source_row(self) -> str:
        """What the log keeps of where it came from: the line, and what the row is known by."""
        return f"{self.line}:{self.identity}"


Reader = tuple[str, int, Callable[[Any], Any]]  # the column that it fills, where it is, and how


class _Rule:
    """A rule of the map, with where its values stand in a row."""

    def __init__(self, rule: RowRule, place: Mapping[str, int], readers: Sequence[Reader]) -> None:
        self._rule = rule
        self._when = place.get("when")
        self._at = place.get("at")
        self._count = place.get("delta")
        self._readers = readers
        self._is_plain = self._at is None and self._count is None and not readers
        self._idle = Fired(rule, False, None, None, {})
        self._holding = Fired(rule, True, None, None, {})

    def over(self, row: Row) -> Fired:
        """Return what the rule says of a row."""
        holds = self._when is None or row[self._when] is True
        if not holds and self._count is None:
            return self._idle
        if self._is_plain:
            return self._holding
        at = None if self._at is None or row[self._at] is None else row[self._at]
        return Fired(
            self._rule,
            holds,
            None if at is None else at.replace(tzinfo=UTC),
            None if self._count is None else _counted(row[self._count]),
            _read(row, self._readers),
        )


class Teller:
    """Puts the rows of a query into words.

    Args:
        names: the columns of the query, as `query.telling_sql` names them.
        pseudonym: what a person is called in the store.
    """

    def __init__(self, plan: ImportMap, names: Sequence[str], pseudonym: Pseudonym) -> None:
        self._place = {name: place for place, name in enumerate(names)}
        self._states = States(plan.states)
        self._pseudonym = pseudonym
        self._faults = [
            (place, name.removesuffix("_fault"))
            for name, place in self._place.items()
            if name.endswith("_fault")
        ]
        self._sets = self._readers("set_")
        self._facts = self._readers("fact_")
        self._rules = []
        for number, rule in enumerate(plan.rows):
            prefix = f"r{number}_"
            own = {
                name.removeprefix(prefix): place
                for name, place in self._place.items()
                if name.startswith(prefix)
            }
            self._rules.append(_Rule(rule, own, self._readers(prefix)))
        self._state = self._place.get("set_state")
        self._actor = self._place.get("actor")
        self._title = self._place.get("title")

    def told(self, row: Row) -> Told | Reject:
        """Return what a row says, or why it is left out."""
        line, case, at, identity, nth, fails = row[:6]
        try:
            if fails:
                raise Refusal("expression_fails", "")
            for place, name in self._faults:
                if row[place] is not None:
                    reason, _, value = row[place].partition(":")
                    raise Refusal(reason, f"{name} is '{value}'.")
            return Told(
                line,
                at.replace(tzinfo=UTC),
                identity if nth == 1 else f"{identity}#{nth}",
                None if self._actor is None else self._person(row[self._actor]),
                None if self._title is None else _text(row[self._title]),
                None if self._state is None else self._state_of(row[self._state]),
                _read(row, self._sets),
                _read(row, self._facts),
                tuple([rule.over(row) for rule in self._rules]),
            )
        except Refusal as refusal:
            return Reject(line, case, refusal.reason, refusal.detail)

    def _readers(self, prefix: str) -> list[Reader]:
        found = []
        for name, place in self._place.items():
            key = name.removeprefix(prefix)
            if key != name and key not in _READ_APART and not key.endswith("_fault"):
                found.append((_COLUMNS.get(key, key), place, self._reader(key)))
        return found

    def _reader(self, key: str) -> Callable[[Any], Any]:
        match key:
            case "person":
                return self._person
            case "impact":
                return float
            case "minutes":
                return _minutes
            case "priority" | "severity" | "class" | "waiting_kind":
                return _Word(key)
            case _:
                return _text

    def _state_of(self, text: str | None) -> StateWord | None:
        if not text:
            return None
        word = self._states.of(text)
        if word is None:
            raise Refusal("unknown_state", f"'{text[:60]}' is not among `states`.")
        return word

    def _person(self, name: str | None) -> str | None:
        text = _text(name)
        return None if text is None else self._pseudonym(text)


_COLUMNS = {"person": "assignee", "entity": "entity_id"}
_READ_APART = ("state", "when", "at", "delta")
_WORDS: Mapping[str, Callable[[str], str | None]] = {
    "priority": priority_of,
    "severity": severity_of,
    "class": class_of,
    "waiting_kind": lambda text: text if text in WAITING_KINDS else None,
}


class _Word:
    """Reads a word of a kind, each of a log's few once."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._known: dict[str, str | None] = {}

    def __call__(self, text: str) -> str:
        """Return our word; raises Refusal if there is none."""
        if text not in self._known:
            self._known[text] = _WORDS[self._kind](text.strip())
        word = self._known[text]
        if word is None:
            raise Refusal(f"unknown_{self._kind}", f"'{text[:60]}' is none.")
        return word


def _read(row: Row, readers: Sequence[Reader]) -> dict[str, Any]:
    """Return what a row says by column; what it does not say is absent."""
    values = {}
    for column, place, read in readers:
        value = row[place]
        if value is not None and value != "" and (word := read(value)) is not None:
            values[column] = word
    return values


def _counted(value: int | None) -> int | None:
    if value is not None and value > MOST_COUNTED:  # each is a row of the log
        raise Refusal("counter_out_of_range", f"{value} of something in one case cannot be.")
    return value


def _text(value: str | None) -> str | None:
    return None if value is None else value.strip()[:LONGEST_TEXT] or None


def _minutes(value: float) -> float | None:
    if value == 0:
        return None
    if not 0 < value <= _LONGEST_MINUTES:
        raise Refusal("minutes_out_of_range", f"{value:g} minutes of work cannot be.")
    return value
