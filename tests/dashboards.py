"""The dashboards in the repository, as tests read them."""

import json
from pathlib import Path
from typing import Any

DEPLOY = Path(__file__).parents[1] / "deploy"
DASHBOARDS = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))


def load(path: Path) -> dict[str, Any]:
    """The dashboard in the file."""
    board: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return board


def queries() -> list[tuple[str, str]]:
    """Every panel's queries with the panel's name, variables filled in as a short-lived Prometheus needs them."""
    return [
        (
            f"{path.stem}: {panel['title']}: {target['refId']}",
            target["expr"].replace("$__rate_interval", "1m").replace("$mode", "live"),
        )
        for path in DASHBOARDS
        for panel in load(path)["panels"]
        for target in panel.get("targets", ())
    ]
