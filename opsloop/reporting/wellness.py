"""How well the work goes, who bears it, and what brings it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from opsloop.reporting import tables, weekly_charts, words
from opsloop.reporting.figure import Figure, Number, View, both, count
from opsloop.reporting.leads import Lead, to_days_of, to_incidents
from opsloop.service.figures import asking, entities, load, outcomes
from opsloop.service.figures.counted import FINDERS
from opsloop.service.figures.parts import TEAM, TOTAL, Part, values

if TYPE_CHECKING:
    from opsloop.service.figures.parts import Row
    from opsloop.warehouse.serving import ServingCopy

FOUND_BY = {"monitor": "Monitors", "staff": "Staff", "customer": "Customers"}


def endings(copy: ServingCopy, view: View) -> Figure:
    """Return how incidents ended, and what came back, week by week."""
    rows = outcomes.weekly(copy, view.part)
    now, before = both(view, lambda period: outcomes.total(copy, view.part, period))
    has_any = any(row["ended"] for row in rows)
    return Figure(
        key="endings",
        title="How they ended, by week",
        about="Real and false are what people said.",
        numbers=list(_ending_numbers(now, before)) if has_any else (),
        draw=(lambda _: weekly_charts.endings(rows, view.period)) if has_any else None,
        table=tables.endings(rows) if has_any else (),
        leads=[to_days_of(row) for row in rows],
        missing="Nothing has ended here yet.",
    )


def _ending_numbers(now: Row, before: Row | None) -> Iterator[Number]:
    reviewed = now["confirmed"] + now["false_alarms"]
    yield Number(
        "Real",
        f"{now['confirmed']:,} of {reviewed:,}" if reviewed else words.UNKNOWN,
        "that people reviewed" if reviewed else "people reviewed none",
        to_incidents("confirmed") if now["confirmed"] else None,
    )
    yield count("False alarms", "false_alarms", now, before, to_incidents("false_alarms"))
    yield count("Reopened", "reopened", now, before, to_incidents("came_back"))
    yield count("Changed hands", "reassignments", now, before, to_incidents("changed_hands"))
    yield count("Back and forth", "ping_pongs", now, before, to_incidents("back_and_forth"))
    again = to_incidents("again")
    yield count("Same entity again in 14 days", "again_within_14_days", now, before, again)
    several = now["ended_by_several_people"]
    yield Number(
        "Took several people",
        f"{several:,} of {now['ended']:,}" if now["ended"] else words.UNKNOWN,
        f"{now['ended_by_several_teams']:,} several teams" if now["ended"] else "none ended",
        to_incidents("several_people") if several else None,
    )


def detection(copy: ServingCopy, view: View) -> Figure:
    """Return who found the incidents, and how long after they began."""
    rows = outcomes.detection(copy, view.part, view.period)
    now, before = both(view, lambda period: outcomes.total(copy, view.part, period))
    return Figure(
        key="detection",
        title="Who found them, and how long it took",
        about="Of what was opened in the period.",
        numbers=[
            count(
                f"Found by {name.lower()}",
                f"found_by_{who}",
                now,
                before,
                to_incidents("found_by", finder=who),
            )
            for who, name in FOUND_BY.items()
        ],
        table=[
            {
                "Found by": FOUND_BY.get(row["found_by"], words.readable(row["found_by"])),
                "Incidents": row["incidents"],
                "Time known of": row["timed"],
                "To detect, median": words.duration(row["median_seconds"]),
                "85th percentile": words.duration(row["p85_seconds"]),
            }
            for row in rows
        ],
        leads=[_found_by(row["found_by"]) for row in rows],
        missing="No incident was opened in this period.",
    )


def _found_by(finder: str) -> Lead | None:
    return to_incidents("found_by", finder=finder) if finder in FINDERS else None


def teams(copy: ServingCopy, view: View) -> Figure:
    """Return what teams have in hand, against their capacity; by name, which is no ranking."""
    team = view.part.value if view.part.dimension == TEAM else None
    is_theirs = view.part.dimension in (TOTAL, TEAM)
    rows = load.by_team(copy, team, view.period) if is_theirs else []
    known = {*values(copy, TEAM)}  # small teams, as one, are no part of the work
    return Figure(
        key="load",
        title="Load of the teams",
        about=(
            "Of the weeks that begin in the period. Minutes are what was recorded."
            " By name: this is no ranking."
        ),
        table=[_team(row) for row in rows],
        leads=[
            Lead(part=Part(TEAM, row["team"])) if row["team"] in known else None for row in rows
        ],
        missing=(
            "Load is known of whole weeks, and none begins in the period."
            if is_theirs
            else "Load is known of teams: choose one, or everything."
        ),
    )


def _team(row: Row) -> dict[str, object]:
    used = words.UNKNOWN
    if row["minutes"] is not None and row["capacity_minutes"]:
        minutes, capacity = row["minutes"], row["capacity_minutes"]
        used = f"{words.amount(minutes)} of {words.amount(capacity)}"
    return {
        "Team": words.value_name(row["team"]),
        "People": row["people"],
        "Arrivals": row["arrivals"],
        "Completions": row["completions"],
        "Open at the end": row["open_at_end"],
        "Minutes of capacity": used,
        "Ended with minutes": f"{row['recorded_incidents']:,} of {row['ended_incidents']:,}",
        "Acts outside hours": _of(row["acts_outside"], row["acts"]),
        "Opened outside hours": _of(row["opened_outside"], row["opened"]),
    }


def _of(count: int | None, whole: int | None) -> str:
    return words.UNKNOWN if count is None or whole is None else f"{count:,} of {whole:,}"


def sources(copy: ServingCopy, view: View) -> Figure:
    """Return the entities that bring most of the work; the others are one row."""
    rows = entities.top(copy, view.part, view.period)
    return Figure(
        key="entities",
        title="What brings it",
        about="The entities with the most incidents, of those opened in the period.",
        table=[_entity(row) for row in rows],
        leads=[
            to_incidents("about", entity=row["entity_id"]) if row["entity_id"] else None
            for row in rows
        ],
        missing="No incident opened here is about an entity.",
    )


def _entity(row: Row) -> dict[str, object]:
    others = words.counted(row["entities"], "other entity", "other entities")
    return {
        "Entity": row["entity_id"] or others,
        "Kind": words.readable(row["type_of_entity"]) if row["type_of_entity"] else "",
        "Incidents": row["incidents"],
        "Open": row["open_incidents"],
        "Minutes": words.amount(row["minutes"]),
        "Again in 14 days": row["again_within_14_days"],
    }


def routes(copy: ServingCopy, view: View) -> Figure:
    """Return whom questions went to, and how long the answers took."""
    rows = asking.routes(copy, view.part, view.period)
    return Figure(
        key="routes",
        title="Whom questions went to",
        about="By receiver and type, of what was asked in the period.",
        table=[
            {
                "Asked": words.value_name(row["receiver"]),
                "Type": words.readable(row["escalation_type"]),
                "Questions": row["escalations"],
                "Not answered": row["unanswered"],
                "Nudges": row["nudges"],
                "Answer, median": words.quantile(
                    row["answer_median_seconds"], row["longest_seconds"], row["escalations"]
                ),
                "After a nudge, median": words.quantile(
                    row["after_nudge_median_seconds"],
                    row["after_nudge_longest_seconds"],
                    row["nudged"],
                ),
            }
            for row in rows
        ],
        leads=[
            to_incidents(
                "asked_of",
                **{name: row[name] for name in ("receiver_kind", "receiver", "escalation_type")},
            )
            for row in rows
        ],
        missing="Nobody was asked.",
    )
