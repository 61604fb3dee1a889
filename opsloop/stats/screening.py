"""Many questions at once: how many of the claims may be false."""

from __future__ import annotations

from collections.abc import Sequence


def adjusted_p_values(p_values: Sequence[float]) -> list[float]:
    """Return the p values adjusted by Benjamini and Hochberg, in the order given.

    Claiming those of at most q keeps the expected share of false claims among all claims at q.

    Raises:
        ValueError: a p value is not between 0 and 1.
    """
    if any(not 0 <= p_value <= 1 for p_value in p_values):
        raise ValueError("p values are between 0 and 1")
    adjusted = [1.0] * len(p_values)
    smallest = 1.0
    by_size = sorted(range(len(p_values)), key=p_values.__getitem__)
    for place in range(len(p_values), 0, -1):
        index = by_size[place - 1]
        smallest = min(smallest, p_values[index] * (len(p_values) / place))
        adjusted[index] = smallest
    return adjusted
