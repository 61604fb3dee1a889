"""Impact × urgency: the matrix by example, and that what is worse is never less pressing."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from opsloop.config.priorities import ImpactBandSettings, PriorityMatrix, priority_faults
from opsloop.faults import faults_of
from opsloop.priority import (
    DEFAULT_MATRIX,
    PRIORITIES,
    Band,
    ImpactBands,
    Matrix,
    band_of,
    completed,
    inversions,
    priority_of,
)
from opsloop.types import Severity
from opsloop.yaml_source import YamlSource, read_yaml

BANDS = ImpactBands(major=500, moderate=100)
MATRIX = TypeAdapter(PriorityMatrix)
Source = Any

matrices = st.fixed_dictionaries(
    {
        severity: st.fixed_dictionaries({band: st.sampled_from(PRIORITIES) for band in Band})
        for severity in Severity
    }
)


@pytest.mark.parametrize(
    ("impact", "bands", "band"),
    [
        (500, BANDS, "major"),
        (499.9, BANDS, "moderate"),
        (100, BANDS, "moderate"),
        (99, BANDS, "minor"),
        (0, BANDS, "minor"),
        (-3, BANDS, "minor"),
        (None, BANDS, "moderate"),
        (math.nan, BANDS, "moderate"),
        (math.inf, BANDS, "major"),
        (5000, None, "moderate"),
        (None, None, "moderate"),
    ],
)
def test_the_band_of_an_impact(impact: float | None, bands: ImpactBands | None, band: str) -> None:
    assert band_of(impact, bands) == band


def test_without_a_matrix_severity_alone_decides() -> None:
    for impact in (None, 1, 200, 900):
        found = [priority_of(completed({}), severity, impact, BANDS) for severity in Severity]
        assert found == ["P1", "P2", "P3", "P4"]


def test_impact_raises_and_lowers() -> None:
    matrix = completed({Severity.HIGH: {Band.MAJOR: "P1", Band.MINOR: "P3"}})
    found = [priority_of(matrix, Severity.HIGH, impact, BANDS) for impact in (900, 200, 5, None)]
    assert found == ["P1", "P2", "P3", "P2"]


def test_completing_keeps_what_is_given() -> None:
    assert completed({}) == DEFAULT_MATRIX
    given_row = {Severity.LOW: {Band.MAJOR: PRIORITIES[1]}}
    assert completed(given_row)[Severity.LOW] == {"major": "P2", "moderate": "P4", "minor": "P4"}
    assert completed(given_row)[Severity.HIGH] == dict.fromkeys(Band, "P2")


def ordered(matrix: Matrix) -> Matrix:
    """Return the matrix with each cell no more pressing than any that is as bad or worse."""
    bands = list(Band)
    return {
        severity: {
            band: max(
                matrix[worse][higher]
                for worse in Severity
                for higher in bands[: bands.index(band) + 1]
                if worse.rank <= severity.rank
            )
            for band in bands
        }
        for severity in Severity
    }


@given(matrices.map(ordered), *[st.sampled_from(Severity)] * 2, *[st.floats(-1000, 1000)] * 2)
def test_priority_never_falls_as_things_get_worse(
    matrix: Matrix, one: Severity, other: Severity, some: float, more: float
) -> None:
    assert list(inversions(matrix)) == []
    worse, better = sorted((one, other), key=lambda severity: severity.rank)
    less, most = sorted((some, more))
    high = priority_of(matrix, worse, most, BANDS)
    assert high <= priority_of(matrix, better, less, BANDS)  # P1 sorts before P2
    assert priority_of(matrix, worse, None, BANDS) <= priority_of(matrix, better, None, BANDS)


@st.composite
def nearly_ordered(draw: st.DrawFn) -> Matrix:
    """Return a matrix in order, but perhaps for one cell."""
    matrix = ordered(draw(matrices))
    severity, band = draw(st.sampled_from(Severity)), draw(st.sampled_from(Band))
    return {**matrix, severity: {**matrix[severity], band: draw(st.sampled_from(PRIORITIES))}}


@given(matrices | nearly_ordered())
def test_an_inversion_is_where_worse_is_less_pressing(matrix: Matrix) -> None:
    found = list(inversions(matrix))
    assert bool(found) == (ordered(matrix) != matrix)
    for (severity, band), (better, lesser) in found:
        assert matrix[severity][band] > matrix[better][lesser]
        assert severity.rank <= better.rank
        assert list(Band).index(band) <= list(Band).index(lesser)


def test_one_word_is_short_for_all_bands() -> None:
    given_rows = {"critical": {"major": "P1", "minor": "P2"}, "high": "P2"}
    assert MATRIX.validate_python(given_rows) == {
        "critical": {"major": "P1", "minor": "P2"},
        "high": {"major": "P2", "moderate": "P2", "minor": "P2"},
    }
    assert MATRIX.validate_python(None) == {}


@pytest.fixture
def source(tmp_path: Any) -> Source:
    def read(text: str) -> YamlSource:
        path = tmp_path / "opsloop.yml"
        path.write_text(text, encoding="utf-8")
        found = read_yaml(path, "opsloop.yml")
        assert isinstance(found, YamlSource)
        return found

    return read


def faults(source: YamlSource) -> list[str]:
    """Return what is wrong with the file's `priorities`, as people read it."""
    try:
        matrix = MATRIX.validate_python(source.data["priorities"])
    except ValidationError as error:
        found = faults_of(
            error,
            file=source.file,
            line_of=source.line_of,
            keys_at=lambda path: [],
            prefix=("priorities",),
        )
        return [str(fault) for fault in found]
    return [str(fault) for fault in priority_faults(source, matrix)]


REMEDY = "What is worse needs at least the same priority: raise the one or lower the other."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("priorities:\n", [], id="nothing"),
        pytest.param("priorities: {high: P1, low: P3}\n", [], id="in order"),
        pytest.param(
            "priorities:\n  critical: {major: P1, minor: P2}\n  high: {minor: P3}\n",
            [],
            id="in order with defaults",
        ),
        pytest.param(
            "priorities:\n  high: {major: P3, minor: P2}\n",
            [
                "opsloop.yml:2 priorities.high.major: high with major impact gets P3, but high "
                f"with moderate impact, which is less bad, P2. {REMEDY}"
            ],
            id="a worse band",
        ),
        pytest.param(
            "priorities:\n  critical: P3\n",
            [
                "opsloop.yml:2 priorities.critical: critical with major impact gets P3, but high "
                f"with major impact, which is less bad, P2. {REMEDY}"
            ],
            id="a worse severity, against a default",
        ),
        pytest.param(
            "priorities:\n  high: P2\n  low: P2\n",
            [
                "opsloop.yml:3 priorities.low: medium with major impact gets P3, but low with "
                f"major impact, which is less bad, P2. {REMEDY}"
            ],
            id="a better severity, above a default",
        ),
        pytest.param(
            "priorities:\n  high: {minor: P1}\n",
            [
                "opsloop.yml:2 priorities.high.minor: high with moderate impact gets P2, but high "
                f"with minor impact, which is less bad, P1. {REMEDY}"
            ],
            id="one band above its default",
        ),
        pytest.param(
            "priorities:\n  high: P7\n",
            [
                "opsloop.yml:2 high: 'P7' is not one of P1, P2, P3 or P4. "
                "Write one of them, or one for each of major, moderate or minor."
            ],
            id="no priority",
        ),
        pytest.param(
            "priorities:\n  high:\n",
            [
                "opsloop.yml:2 high: nothing is not one of P1, P2, P3 or P4. "
                "Write one of them, or one for each of major, moderate or minor."
            ],
            id="nothing after a severity",
        ),
        pytest.param(
            "priorities:\n  high:\n    huge: P1\n    minor: P9\n",
            [
                "opsloop.yml:3 high.huge: 'huge' is not one of major, moderate or minor.",
                "opsloop.yml:4 high.minor: 'P9' is not one of P1, P2, P3 or P4.",
            ],
            id="no band, and no priority of a band",
        ),
        pytest.param(
            "priorities:\n  urgent: P1\n",
            ["opsloop.yml:2 urgent: 'urgent' is not one of critical, high, medium or low."],
            id="no severity",
        ),
    ],
)
def test_faults_of_a_matrix(source: Source, text: str, expected: list[str]) -> None:
    assert faults(source(text)) == expected


@given(matrices)
def test_a_matrix_has_a_fault_exactly_if_it_has_an_inversion(matrix: Matrix) -> None:
    given_rows = {
        str(row): {str(band): word for band, word in matrix[row].items()} for row in matrix
    }
    found = list(priority_faults(YamlSource("opsloop.yml", {"priorities": given_rows}), matrix))
    assert bool(found) == bool(list(inversions(matrix)))


def test_impact_bands() -> None:
    assert ImpactBandSettings(major=500, moderate=99.5).bands() == ImpactBands(500, 99.5)


@pytest.mark.parametrize(
    ("given_bands", "expected"),
    [
        ({"major": 100, "moderate": 500}, "moderate begins at 500, which is not below major's 100"),
        ({"major": 100, "moderate": 100}, "moderate begins at 100, which is not below major's 100"),
        ({"major": 500}, "Field required"),
        ({"major": 500, "moderate": "100"}, "valid number"),
        ({"major": True, "moderate": 0}, "valid number"),
        ({"major": math.inf, "moderate": 0}, "finite number"),
        ({"major": 500, "moderate": 100, "minor": 1}, "Extra inputs are not permitted"),
    ],
)
def test_faults_of_impact_bands(given_bands: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValidationError, match=expected):
        ImpactBandSettings.model_validate(given_bands)
