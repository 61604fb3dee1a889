"""`rates:`: what an hour costs when, and how each fault is reported."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from opsloop.config import check_config, load_config
from opsloop.config.rates import Rate

HEAD = "teams:\n  maintainers:\n  desk:\n"
WHOLE = """\
rates:
  currency: EUR
  default: 40
  teams:
    desk:
      - {per_hour: 55}
      - {from: 2026-01-01, per_hour: 60.5}
    maintainers: [{from: 2025-07-01, per_hour: 72}]
"""


def load(tmp_path: Path, text: str) -> Path:
    (tmp_path / "opsloop.yml").write_text(HEAD + text, encoding="utf-8")
    return tmp_path


def test_each_rate_holds_until_the_next_begins(tmp_path: Path) -> None:
    rates = load_config(load(tmp_path, WHOLE)).rates
    assert rates is not None
    assert list(rates.rates()) == [
        Rate("desk", None, date(2026, 1, 1), 55.0, "EUR"),
        Rate("desk", date(2026, 1, 1), None, 60.5, "EUR"),
        Rate("maintainers", date(2025, 7, 1), None, 72.0, "EUR"),
        Rate(None, None, None, 40.0, "EUR"),
    ]


@pytest.mark.parametrize("text", ["", "rates:\n"])
def test_without_rates_there_are_none(tmp_path: Path, text: str) -> None:
    assert load_config(load(tmp_path, text)).rates is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("rates: {default: 40}", "opsloop.yml:4 rates.currency: 'currency' is missing."),
        ("rates: {currency: ' ', default: 40}", "rates.currency: ' ' is not a currency."),
        ("rates: {currency: EUR, default: dear}", "rates.default: 'dear' is not a rate."),
        ("rates: {currency: EUR, default: []}", "rates.default: [] is not a rate."),
        ("rates: {currency: EUR, default: -1}", "rates.default[0].per_hour: It should be"),
        ("rates: {currency: EUR, default: .nan}", "rates.default[0].per_hour: It should be"),
        (
            "rates: {currency: EUR, teams: {dsk: 40}}",
            "rates.teams.dsk: There is no team 'dsk'. Did you mean 'desk'?",
        ),
        (
            "rates:\n  currency: EUR\n  default:\n"
            "  - {from: 2026-01-01, per_hour: 1}\n  - {from: 2026-01-01, per_hour: 2}\n",
            "rates.default: The rate from 2026-01-01 does not begin after the one before it.",
        ),
        (
            "rates: {currency: EUR, default: [{per_hour: 1}, {per_hour: 2}]}",
            "rates.default: Only the first rate can hold since ever.",
        ),
        (
            "rates: {currency: EUR, default: [{form: 2026-01-01, per_hour: 1}]}",
            "rates.default[0].form: 'form' is not a known key. Did you mean 'from'?",
        ),
        ("rates: {curency: EUR}", "rates.curency: 'curency' is not a known key."),
    ],
)
def test_each_fault_is_named_with_its_place(tmp_path: Path, text: str, fault: str) -> None:
    config, faults = check_config(load(tmp_path, text))
    assert config is None
    assert any(fault in str(one) for one in faults), [str(one) for one in faults]
