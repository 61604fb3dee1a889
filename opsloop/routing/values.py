"""What a rule may ask of a value of the evidence. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

Scalar = str | bool | int | float


@dataclass(frozen=True, slots=True)
class OneOf:
    """A value that is one of these. A text is never a number, and a boolean is neither."""

    values: tuple[Scalar, ...]

    def holds(self, value: Any) -> bool:
        """Return whether the value is one of these."""
        return _typed(value) in _typed_values(*self.values)

    def covers(self, other: Test) -> bool:
        """Return whether each value that `other` takes is one of these."""
        if isinstance(other, Within):
            return other.low == other.high and self.holds(other.low[0])
        return isinstance(other, OneOf) and all(self.holds(value) for value in other.values)

    def __str__(self) -> str:
        return _shown_values(*self.values)


@dataclass(frozen=True, slots=True)
class Within:
    """A number within all the bounds that are given."""

    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None

    @property
    def low(self) -> tuple[Decimal, int]:
        """The tightest lower bound, and 1 if it lies itself outside: in the order of tightness."""
        return max(_bounds("-Infinity", self.at_least, self.above, 1))

    @property
    def high(self) -> tuple[Decimal, int]:
        """The tightest upper bound, and -1 if it lies itself outside."""
        return min(_bounds("Infinity", self.at_most, self.below, -1))

    @property
    def is_empty(self) -> bool:
        """Whether no number is within the bounds."""
        return self.low > self.high

    def holds(self, value: Any) -> bool:
        """Return whether the value is a number within the bounds."""
        kind, number = _typed(value)
        return kind == "number" and self.low <= (number, 0) <= self.high

    def covers(self, other: Test) -> bool:
        """Return whether each value that `other` takes is a number within the bounds."""
        if isinstance(other, Within):
            return self.low <= other.low and other.high <= self.high
        return isinstance(other, OneOf) and all(self.holds(value) for value in other.values)

    def __str__(self) -> str:
        given = [
            ("at least", self.at_least),
            ("above", self.above),
            ("at most", self.at_most),
            ("below", self.below),
        ]
        return " and ".join(f"{word} {shown(end)}" for word, end in given if end is not None)


@dataclass(frozen=True, slots=True)
class Null:
    """A value that is null, or one that is not."""

    is_null: bool

    def holds(self, value: Any) -> bool:
        """Return whether the value is null, or is not, as asked."""
        return (value is None) is self.is_null

    def covers(self, other: Test) -> bool:
        """Return whether `other` takes nothing but what is asked: the other tests take no null."""
        return other.is_null is self.is_null if isinstance(other, Null) else not self.is_null

    def __str__(self) -> str:
        return "null" if self.is_null else "a value"


Test = OneOf | Within | Null


def shown(value: Any) -> str:
    """Return a value as messages show it: short, and a text that reads like none in quotes."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    if isinstance(value, float):
        text = text.removesuffix(".0")
    elif isinstance(value, str) and _reads_otherwise(value):
        text = f"'{value}'"
    return text if len(text) <= 60 else f"{text[:57]}…"


def any_of(words: Iterable[str]) -> str:
    """Return words as a phrase: `a, b or c`."""
    *head, last = words
    return f"{', '.join(head)} or {last}" if head else last


def _reads_otherwise(text: str) -> bool:
    if text in ("", "null", "true", "false") or text != text.strip():
        return True
    try:
        float(text)
    except ValueError:
        return False
    return True


# typed, since 1, 1.0 and true are one key otherwise
@lru_cache(maxsize=1024, typed=True)
def _typed_values(*values: Scalar) -> frozenset[tuple[str, Any]]:
    return frozenset(_typed(value) for value in values)


@lru_cache(maxsize=1024, typed=True)
def _shown_values(*values: Scalar) -> str:
    return any_of(shown(value) for value in values)


def _typed(value: Any) -> tuple[str, Any]:
    """Return a value with its type, so that only what is alike is equal; numbers are exact."""
    if isinstance(value, bool):
        return "boolean", value
    if isinstance(value, int | float | Decimal):
        number = Decimal(str(value))
        return ("other", None) if number.is_nan() else ("number", number)
    return ("text", value) if isinstance(value, str) else ("other", None)


def _bounds(
    unbounded: str, included: float | None, excluded: float | None, outside: int
) -> Iterator[tuple[Decimal, int]]:
    yield Decimal(unbounded), 0
    if included is not None:
        yield Decimal(str(included)), 0
    if excluded is not None:
        yield Decimal(str(excluded)), outside
