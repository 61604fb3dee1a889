"""Small phrases for messages."""

from __future__ import annotations

from collections.abc import Iterable

MINUTE, HOUR, DAY = 60, 3600, 86400


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" for a near miss, else nothing."""
    import difflib  # only needed when something is wrong

    close = difflib.get_close_matches(str(word), sorted(known), n=1, cutoff=0.6)
    return f" Did you mean '{close[0]}'?" if close else ""


def listed(words: Iterable[str]) -> str:
    """Return words as a phrase: `a, b or c`."""
    *head, last = list(words) or [""]
    return f"{', '.join(head)} or {last}" if head else last


def one_line(text: str) -> str:
    """Return a text that is laid out over several lines as one line."""
    return " ".join(text.split())


def counted(count: int, noun: str) -> str:
    """Return `1 monitor` or `2 monitors`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def hours_of(minutes: float, capacity_minutes: float | None) -> str:
    """Return what was worked, of the time there was for it, if that is known: `4.5 h of 38 h`."""
    known = [minutes] if capacity_minutes is None else [minutes, capacity_minutes]
    return " of ".join(f"{one / 60:.1f} h".replace(".0 h", " h") for one in known)


def amount(value: float) -> str:
    """Return a quantity as people write it: 12,300, 7 or 4.5; what there is of it is never 0."""
    if 0 < abs(value) < 0.05:
        return "< 0.1" if value > 0 else "> -0.1"
    rounded = round(value, 1)
    is_whole = abs(value) >= 100 or rounded == round(rounded)
    return f"{value:,.0f}" if is_whole else f"{rounded:,.1f}"


def span(seconds: float) -> str:
    """Return a length of time in its two largest units, rounded: 45 s, 12 min, 3 h 20 min, 2 d."""
    seconds = max(0, round(seconds))
    minutes, hours = round(seconds / MINUTE), round(seconds / HOUR)
    if seconds < MINUTE:
        return f"{seconds} s"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return _two(*divmod(minutes, 60), "h", "min")
    return _two(*divmod(hours, 24), "d", "h") if hours < 240 else f"{round(seconds / DAY)} d"


def _two(first: int, second: int, *units: str) -> str:
    return f"{first} {units[0]} {second} {units[1]}" if second else f"{first} {units[0]}"
