"""`opsloop doctor`."""

from __future__ import annotations

from dataclasses import asdict

import click

from opsloop.cli.output import clean, print_json, print_text
from opsloop.cli.session import Session, json_option, utc_now
from opsloop.words import counted


@click.command()
@json_option
def doctor(as_json: bool) -> int:
    """Say what is wrong with this project's setup, and the remedy. Changes nothing."""
    from opsloop.doctor import Status, examine

    findings = examine(Session().paths.project, utc_now())
    wrong = [finding for finding in findings if finding.status is Status.WRONG]
    if as_json:
        print_json({"ok": not wrong, "findings": [asdict(finding) for finding in findings]})
        return 1 if wrong else 0
    for finding in findings:
        print_text(f"{finding.status:<8} {finding.check:<13} {clean(finding.what, None)}")
        if finding.remedy:
            print_text(f"{'':<23}→ {clean(finding.remedy, None)}")
    print_text(f"\n{counted(len(wrong), 'thing')} to mend." if wrong else "\nAll is well.")
    return 1 if wrong else 0
