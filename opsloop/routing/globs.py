"""Patterns for names: `*` stands for any text, `?` for any letter; case counts. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from fnmatch import translate
from functools import lru_cache

WILDCARDS = frozenset("*?")
MOST_STATES = 2_000  # beyond them nothing is proved; real patterns need a few dozen

Places = frozenset[tuple[str, int]]  # patterns, and how far into each a text has come


def glob_matches(glob: str, text: str) -> bool:
    """Return whether the whole text matches the pattern."""
    return _compiled(glob).fullmatch(text) is not None


def glob_is_covered(glob: str, by: Collection[str]) -> bool:
    """Return whether each text that matches `glob` matches one of the patterns `by`, provably.

    Reads all texts at once, letter by letter: a text that ends where `glob` may end and none of
    `by` may is the proof that it is not.
    """
    if glob in by:
        return True
    if not set(glob) & WILDCARDS:
        return any(glob_matches(one, glob) for one in by)
    # letters that no pattern names are all alike: None stands for them
    letters = {*glob, *"".join(by), None} - WILDCARDS
    waiting = [(_rested([(glob, 0)]), _rested((one, 0) for one in by))]
    seen = set(waiting)
    while waiting:
        ours, theirs = waiting.pop()
        if _may_end(ours) and not _may_end(theirs):
            return False
        steps = {(_after(ours, letter), _after(theirs, letter)) for letter in letters}
        new = {step for step in steps if step[0]} - seen
        if len(seen) + len(new) > MOST_STATES:
            return False
        seen |= new
        waiting.extend(new)
    return True


def _after(places: Places, letter: str | None) -> Places:
    """Return how far the patterns are after one more letter; what it does not fit is out."""
    fitting = ("*", "?", letter)
    return _rested(
        (glob, place if glob[place] == "*" else place + 1)
        for glob, place in places
        if place < len(glob) and glob[place] in fitting
    )


def _rested(places: Iterable[tuple[str, int]]) -> Places:
    """Return the places with those that are reached without a letter: a `*` may take none."""
    reached = set()
    for glob, place in places:
        reached.add((glob, place))
        while glob.startswith("*", place):
            place += 1
            reached.add((glob, place))
    return frozenset(reached)


def _may_end(places: Places) -> bool:
    return any(place == len(glob) for glob, place in places)


@lru_cache(maxsize=4096)
def _compiled(glob: str) -> re.Pattern[str]:
    return re.compile(translate(glob.replace("[", "[[]")))  # a bracket is a letter like others
