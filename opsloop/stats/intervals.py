"""The interval of a share of few."""

from __future__ import annotations

from statistics import NormalDist


def wilson(hits: int, count: int, level: float = 0.95) -> tuple[float, float] | None:
    """Return Wilson's interval of a share; None where there is nothing to have a share of.

    Args:
        hits: how many of them are.
        count: how many there are.
        level: how often the interval holds the true share.

    Raises:
        ValueError: `hits` is not between 0 and `count`, or `level` not between 0 and 1.
    """
    if not 0 <= hits <= count or not 0 < level < 1:
        raise ValueError(f"{hits} of {count} at level {level} is no share")
    if count == 0:
        return None
    z = NormalDist().inv_cdf((1 + level) / 2)
    share, spread = hits / count, z * z / count
    centre = (share + spread / 2) / (1 + spread)
    reach = z * (share * (1 - share) / count + spread / (4 * count)) ** 0.5 / (1 + spread)
    # the ends are exact where the share is: rounding must not move them
    return (
        0.0 if hits == 0 else max(0.0, centre - reach),
        1.0 if hits == count else min(1.0, centre + reach),
    )
