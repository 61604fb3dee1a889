"""Student's t distribution with whole degrees of freedom, on arrays.

The finite series of Abramowitz and Stegun (26.7.3 and 26.7.4) are exact, so that nothing beyond
numpy is needed for them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def student_cdf(t: ArrayLike, degrees: int) -> NDArray[np.float64]:
    """Return the probability of a value of at most `t`.

    Args:
        t: where to take the distribution; infinities are allowed.
        degrees: whole degrees of freedom, at least 1.

    Raises:
        ValueError: `degrees` is below 1.
    """
    if degrees < 1:
        raise ValueError(f"degrees of freedom are at least 1, not {degrees}")
    angle = np.arctan(np.asarray(t, dtype=np.float64) / np.sqrt(degrees))
    return np.asarray(0.5 + 0.5 * _central_share(angle, degrees))


def _central_share(angle: NDArray[np.float64], degrees: int) -> NDArray[np.float64]:
    """Return the probability of a value between −t and t, negative for a negative t."""
    cosine = np.cos(angle)
    if degrees % 2 == 0:
        return np.asarray(np.sin(angle) * _powers(np.ones_like(angle), cosine**2, 1, degrees))
    if degrees == 1:
        return np.asarray(2 / np.pi * angle)
    return np.asarray(2 / np.pi * (angle + np.sin(angle) * _powers(cosine, cosine**2, 2, degrees)))


def _powers(
    term: NDArray[np.float64], square: NDArray[np.float64], start: int, degrees: int
) -> NDArray[np.float64]:
    """Return term · (1 + start/(start+1) square + …), up to the power that `degrees` names."""
    total = term.copy()
    for numerator in range(start, degrees - 2, 2):
        term = term * square * (numerator / (numerator + 1))
        total += term
    return total
