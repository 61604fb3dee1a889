"""`priorities:` of opsloop.yml and `impact_bands:` of a monitor: what may stand there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from opsloop.config.schema import Strict, nothing_is_empty
from opsloop.faults import Fault, dotted, refuse
from opsloop.priority import Band, Cell, Matrix, completed, inversions
from opsloop.types import PRIORITIES, ImpactBands, Priority, Severity
from opsloop.words import listed
from opsloop.yaml_source import YamlSource


def _row(value: Any) -> Any:
    """Return the bands' priorities; one word is short for the same in all bands."""
    if isinstance(value, dict):
        return value
    if value not in PRIORITIES:
        shown = "nothing" if value is None else f"'{value}'"
        raise refuse(
            f"{shown} is not one of {listed(PRIORITIES)}.",
            f"Write one of them, or one for each of {listed(Band)}.",
        )
    return dict.fromkeys(Band, value)


Row = Annotated[dict[Band, Priority], BeforeValidator(_row)]
PriorityMatrix = Annotated[dict[Severity, Row], BeforeValidator(nothing_is_empty)]

Threshold = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class ImpactBandSettings(Strict):
    """A monitor's `impact_bands`: thresholds in its impact unit."""

    major: Threshold
    moderate: Threshold

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.moderate >= self.major:
            raise refuse(
                f"moderate begins at {self.moderate:g}, which is not below major's {self.major:g}.",
                "Give moderate the lower threshold.",
            )
        return self

    def bands(self) -> ImpactBands:
        """Return the thresholds as the decision needs them."""
        return ImpactBands(major=self.major, moderate=self.moderate)


def priority_faults(source: YamlSource, given: Matrix) -> Iterator[Fault]:
    """Yield a fault for each place where what is worse would get a lower priority.

    Args:
        source: the file, for the lines.
        given: what `priorities:` says, without the defaults.
    """
    matrix = completed(given)
    told: set[str] = set()
    for worse, better in inversions(matrix):
        # the key that the file has; one of the two, since the defaults are in order
        path = _path(source, worse) or _path(source, better) or ()
        if (key := dotted(path)) in told:
            continue
        told.add(key)
        yield Fault(
            source.file,
            source.line_of(path),
            key,
            f"{_named(worse)} gets {matrix[worse[0]][worse[1]]}, but {_named(better)}, which is "
            f"less bad, {matrix[better[0]][better[1]]}.",
            "What is worse needs at least the same priority: raise the one or lower the other.",
        )


def _path(source: YamlSource, cell: Cell) -> tuple[str, ...] | None:
    """Return where the file says the cell's priority; None = it leaves it to the defaults."""
    severity, band = (str(word) for word in cell)
    row = source.data["priorities"].get(severity)
    if isinstance(row, dict):
        return ("priorities", severity, band) if band in row else None
    return ("priorities", severity) if row else None


def _named(cell: Cell) -> str:
    return f"{cell[0]} with {cell[1]} impact"
