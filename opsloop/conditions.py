"""Values of evidence as people write them: `carrier=UA`. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite

from opsloop.errors import Refused
from opsloop.routing.values import Scalar, shown

_WORDS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None}


def conditions_of(texts: Iterable[str]) -> dict[str, Scalar | None]:
    """Return the values by column that texts such as `carrier=UA` name.

    Raises:
        Refused: a text is none of that form, or a column is named twice.
    """
    found: dict[str, Scalar | None] = {}
    for text in texts:
        column, sign, value = text.partition("=")
        column = column.strip()
        if not (sign and column):
            raise Refused(f"'{text}' is not COLUMN=VALUE, such as `carrier=UA`.", "Write it so.")
        if column in found:
            raise Refused(f"'{column}' cannot have two values at once.", "Name each column once.")
        found[column] = value_of(value.strip())
    return found


def value_of(text: str) -> Scalar | None:
    """Return `true`, `false` and `null` as what they name, numbers as such, the rest as a text.

    What is in quotes is a text in any case.
    """
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    for number in (int, float):
        try:
            found = number(text)
        except ValueError:
            continue
        return found if isfinite(found) else text
    return text


def in_words(evidence: Mapping[str, Scalar | None]) -> str:
    """Return values by column as they are written."""
    return ", ".join(f"{column}={shown(value)}" for column, value in evidence.items())
