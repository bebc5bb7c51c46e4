"""The rendered contract: complete, and what lies in the repository is what the declarations say."""

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from pipeline.cli.topics import app
from topics import records, registry, render

ROOT = Path(__file__).parents[2]


def test_the_files_in_the_repository_are_fresh() -> None:
    assert (ROOT / "topics" / "README.md").read_text("utf-8") == render.readme(registry.DECLARED)
    assert (ROOT / "deploy" / "topics.yaml").read_text("utf-8") == render.manifest(registry.ALL)
    assert CliRunner().invoke(app, ["docs", "--check"]).exit_code == 0


def test_the_page_names_every_topic_and_dead_letter() -> None:
    page = render.readme(registry.DECLARED)
    assert all(f"| `{spec.name}` |" in page for spec in registry.ALL)


@pytest.mark.parametrize(
    ("record", "row"),
    [
        ("Feed", "| `feed_id` | `str` | required | Digest of `url`. |"),
        ("Feed", "| `title` | `str \\| None` | `None` |  |"),
        ("Origin", "| `mode` | `Mode` | `live` |  |"),
        ("Snippet", "| `highlights` | `tuple[tuple[int, int], ...]` | required | Offsets within `text`. |"),
    ],
)
def test_a_field_is_shown_with_type_default_and_what_its_docstring_says(record: str, row: str) -> None:
    section = render.readme(registry.DECLARED).split(f"\n### {record}\n")[1].split("\n### ")[0]
    assert row in section


def test_every_record_and_every_enumeration_has_its_section() -> None:
    page = render.readme(registry.DECLARED)
    public = [name for name, value in vars(records).items() if getattr(value, "__module__", "") == records.__name__]
    assert [name for name in public if not name.startswith("_") and f"\n### {name}\n" not in page] == []


def test_the_diagram_leads_from_feeds_to_alerts() -> None:
    diagram = render.readme(registry.DECLARED).split("```mermaid")[1].split("```")[0]
    for arrow in (
        "n_poll --> n_raw_pages",
        "n_clean --> n_articles",
        "n_match --> n_matches",
        "n_deliver --> n_alerts",
    ):
        first, _, second = arrow.partition(" --> ")
        assert any(first in line and f"--> {second}" in line for line in diagram.splitlines())


def test_the_manifest_holds_a_replicated_resource_for_every_topic() -> None:
    resources = list(yaml.safe_load_all(render.manifest(registry.ALL)))
    assert [each["metadata"]["name"] for each in resources] == [spec.name for spec in registry.ALL]
    for each, spec in zip(resources, registry.ALL, strict=True):
        assert each["kind"] == "KafkaTopic"
        assert each["spec"]["partitions"] == spec.partitions
        assert each["spec"]["replicas"] == 3
        assert each["spec"]["config"].items() >= spec.broker_config().items()
        assert each["spec"]["config"]["min.insync.replicas"] == "2"
