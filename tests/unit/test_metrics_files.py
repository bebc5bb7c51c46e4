"""Metrics, dashboards and scrape file agree with each other."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from pipeline import metrics
from pipeline.settings import MetricsSettings
from tests.dashboards import DASHBOARDS, DEPLOY, load, queries

DECLARED = [value for value in vars(metrics).values() if isinstance(value, MetricWrapperBase)]
FAMILIES = {family.name: family for metric in DECLARED for family in metric.describe()}
_SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "info": ("_info",), "gauge": ("",)}


def exposed() -> set[str]:
    """Every name a scrape can hold."""
    return {name + suffix for name, family in FAMILIES.items() for suffix in _SUFFIXES[family.type]}


def documented() -> set[str]:
    """The metrics of the page's table."""
    page = (DEPLOY / "grafana" / "README.md").read_text("utf-8")
    return set(re.findall(r"^\| `(tocsin_\w+)` \|", page, re.MULTILINE))


@pytest.mark.parametrize(("panel", "query"), queries(), ids=lambda value: value if ": " in value else "")
def test_a_panel_names_only_metrics_that_exist(panel: str, query: str) -> None:
    named = set(re.findall(r"\btocsin_\w+", query))
    assert named <= exposed(), panel


def test_every_metric_is_on_a_dashboard() -> None:
    asked = " ".join(query for _, query in queries())
    assert [name for name in FAMILIES if name not in asked] == []


def test_every_metric_is_documented_and_nothing_else_is() -> None:
    shown = {name + {"counter": "_total", "info": "_info"}.get(each.type, "") for name, each in FAMILIES.items()}
    assert documented() == shown


@pytest.mark.parametrize("metric", DECLARED, ids=str)
def test_a_metric_says_what_it_counts_in_base_units(metric: MetricWrapperBase) -> None:
    (family,) = metric.describe()
    assert family.name.startswith("tocsin_")
    assert family.documentation
    assert not re.search(r"_(ms|milliseconds|minutes|kb|mb|percent)\b", family.name)
    if family.type == "histogram":
        assert family.name.endswith("_seconds")


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_can_be_provisioned_and_asks_the_chosen_datasource(path: Path) -> None:
    board = load(path)
    assert board["uid"] == f"tocsin-{path.stem}"
    assert next(variable["name"] for variable in board["templating"]["list"]) == "datasource"
    panels = [panel for panel in board["panels"] if panel["type"] != "row"]
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    assert all(panel["datasource"]["uid"] == "${datasource}" for panel in panels)
    assert all(panel["description"] for panel in panels)


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_panels_lie_on_the_grid_and_not_on_each_other(path: Path) -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in load(path)["panels"]:
        for cell in cells(panel["gridPos"]):
            assert cell not in taken, f"{panel['title']} lies on {taken.get(cell)}"
            assert cell[0] < 24
            taken[cell] = panel["title"]


def test_the_scrape_file_asks_every_kind_of_process_at_its_port() -> None:
    scrape = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8"))
    (job,) = scrape["scrape_configs"]
    targets = {group["labels"]["process"]: group["targets"] for group in job["static_configs"]}
    settings = MetricsSettings()
    expected = {
        process: [f"{settings.host}:{settings.port + offset}"] for process, offset in metrics.PORT_OFFSETS.items()
    }
    assert targets == expected


def cells(position: dict[str, Any]) -> list[tuple[int, int]]:
    """The grid cells a panel covers."""
    columns = range(position["x"], position["x"] + position["w"])
    rows = range(position["y"], position["y"] + position["h"])
    return [(column, row) for column in columns for row in rows]
