"""The priority of an incident: its urgency (severity) × its impact (a band), by a matrix. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import pairwise

from opsloop.types import PRIORITIES, ImpactBands, Priority, Severity


class Band(StrEnum):
    """How much an incident weighs, worst first."""

    MAJOR = "major"
    MODERATE = "moderate"
    MINOR = "minor"


Matrix = Mapping[Severity, Mapping[Band, Priority]]
Cell = tuple[Severity, Band]

DEFAULT_MATRIX: Matrix = {
    severity: dict.fromkeys(Band, priority)
    for severity, priority in zip(Severity, PRIORITIES, strict=True)
}


def band_of(impact: float | None, bands: ImpactBands | None) -> Band:
    """Return the band of an impact; moderate where the impact or the bands are unknown.

    Args:
        impact: in the monitor's impact unit; None (or no number) = unknown.
        bands: the monitor's; None = it has none.
    """
    if impact is None or math.isnan(impact) or bands is None:
        return Band.MODERATE
    if impact >= bands.major:
        return Band.MAJOR
    return Band.MODERATE if impact >= bands.moderate else Band.MINOR


def priority_of(
    matrix: Matrix, severity: Severity, impact: float | None, bands: ImpactBands | None
) -> Priority:
    """Return the priority of an incident.

    Args:
        matrix: has every severity and every band (`completed`).
        severity: of the incident's worst event.
        impact: the incident's, in its unit; None = unknown.
        bands: the monitor's; None = it has none.
    """
    return matrix[severity][band_of(impact, bands)]


def completed(given: Matrix) -> dict[Severity, dict[Band, Priority]]:
    """Return the matrix with the defaults in each cell that `given` leaves out."""
    return {
        severity: {**DEFAULT_MATRIX[severity], **given.get(severity, {})} for severity in Severity
    }


def inversions(matrix: Matrix) -> Iterator[tuple[Cell, Cell]]:
    """Yield (worse, better) for neighbouring cells whose worse one has the lower priority.

    None of them means that priority never falls as severity or band get worse.
    """
    pairs = [
        *(((worse, band), (better, band)) for worse, better in pairwise(Severity) for band in Band),
        *(((word, worse), (word, better)) for word in Severity for worse, better in pairwise(Band)),
    ]
    for worse, better in pairs:
        if matrix[worse[0]][worse[1]] > matrix[better[0]][better[1]]:
            yield worse, better
