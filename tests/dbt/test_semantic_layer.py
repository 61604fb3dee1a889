"""The semantic layer over the retro: every metric, asked as a tool would, is the retro's figure.

No MetricFlow is installed here; what it would make of a metric of this layer is one aggregate.
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from .project import ROOT
from .retro_build import Retro

LAYER = yaml.safe_load((ROOT / "models/retro/_semantic_layer.yml").read_text())
METRICS = {metric["name"]: metric for metric in LAYER["metrics"]}
MODELS = {
    measure["name"]: (model, measure)
    for model in LAYER["semantic_models"]
    for measure in model["measures"]
}
OF_INCIDENTS = {
    "incidents": "incidents",
    "open_incidents": "open",
    "self_resolved_incidents": "self_resolved",
    "reopened_incidents": "reopened_incidents",
    "reassigned_incidents": "reassigned_incidents",
    "escalated_incidents": "escalated_incidents",
    "escalations": "escalations",
}
OF_FLOW = ("opened", "reopened", "resolved", "merged")
OF_TARGETS = {"targets_met": "met", "targets_missed": "missed", "targets_running": "running"}


def asked(retro: Retro, metric: str) -> Any:
    """Return a metric of all time: its measure over the rows that live here."""
    model, measure = MODELS[METRICS[metric]["type_params"]["measure"]]
    column = measure.get("expr", measure["name"])
    aggregate = {
        "count": f"count({column})",
        "sum": f"sum({column})",
        "sum_boolean": f"count(*) filter (where {column})",
    }[measure["agg"]]
    table = model["model"].split("'")[1]
    rows = retro.project.warehouse.rows(
        f"select {aggregate} as figure from {table} "
        "where incident_id in (select incident_id from fct_incidents where source is null)"
    )
    return rows[0]["figure"]


def published(retro: Retro, table: str, column: str) -> Any:
    rows = retro.project.warehouse.rows(
        f"select sum({column}) as figure from {table} where dimension = 'total'"
    )
    return rows[0]["figure"]


@pytest.mark.parametrize("metric", OF_INCIDENTS)
def test_incidents(retro: Retro, metric: str) -> None:
    assert asked(retro, metric) == published(retro, "rpt_headline", OF_INCIDENTS[metric]) > 0


@pytest.mark.parametrize("metric", OF_FLOW)
def test_flow(retro: Retro, metric: str) -> None:
    assert asked(retro, metric) == published(retro, "rpt_flow_weekly", metric) > 0


def test_the_backlog_is_what_came_and_did_not_go(retro: Retro) -> None:
    model, measure = MODELS["change_of_backlog"]
    assert METRICS["backlog"]["type_params"]["cumulative_type_params"] == {"period_agg": "last"}
    assert (measure["agg"], model["defaults"]["agg_time_dimension"]) == ("sum", "moved_at")
    rows = retro.project.warehouse.rows(
        "select sum(change_of_backlog) as figure from int_flow_movements where source is null"
    )
    assert rows[0]["figure"] == asked(retro, "open_incidents")


@pytest.mark.parametrize("metric", OF_TARGETS)
def test_targets(retro: Retro, metric: str) -> None:
    found = published(retro, "rpt_service_levels_weekly", OF_TARGETS[metric])
    assert asked(retro, metric) == found > 0
    assert asked(retro, "targets_decided") == asked(retro, "targets_met") + asked(
        retro, "targets_missed"
    )


def test_work(retro: Retro) -> None:
    weekly = published(retro, "rpt_work_weekly", "minutes")
    assert asked(retro, "recorded_minutes") == pytest.approx(weekly)
    assert 0 < asked(retro, "priced_minutes") <= asked(retro, "recorded_minutes")
    assert asked(retro, "answered_escalations") <= asked(retro, "escalations")
    assert asked(retro, "nudges") >= 0


def test_imports_are_counted_by_no_metric() -> None:
    simple = [m for m in METRICS.values() if m["type"] != "ratio"]
    assert all(metric["filter"].endswith("__source') }} is null") for metric in simple)
