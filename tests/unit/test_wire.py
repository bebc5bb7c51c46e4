"""Bytes once written stay readable: one stored file for every version of every record.

`tests/golden/wire/<topic>/<version>.bin` is what a writer of that version sent, `<version>.json` what it meant. A
record that gains a field gets a next version here (`make golden` writes it); earlier versions' files never change.
"""

import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.records import FULL
from topics import codec, registry
from topics.spec import TopicSpec

WIRE = Path(__file__).parents[1] / "golden" / "wire"
STORED = sorted(WIRE.glob("*/*.bin"))


def versions(topic: str) -> list[Path]:
    return sorted((WIRE / topic).glob("*.bin"), key=lambda path: int(path.stem))


@pytest.mark.parametrize("spec", registry.DECLARED, ids=lambda spec: spec.name)
def test_the_latest_stored_version_is_what_is_written_today(spec: TopicSpec, rewrite_golden: bool) -> None:
    written = codec.encode(spec, FULL[spec.name])
    stored = versions(spec.name)
    if rewrite_golden and (not stored or stored[-1].read_bytes() != written):
        path = WIRE / spec.name / f"{len(stored) + 1}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written)
        meaning = json.dumps(codec.to_builtins(FULL[spec.name]), ensure_ascii=False, indent=2, default=list)
        path.with_suffix(".json").write_text(meaning + "\n", "utf-8")
        stored = versions(spec.name)
    assert stored, f"no stored bytes of {spec.name}: run `make golden`"
    assert stored[-1].read_bytes() == written


@pytest.mark.parametrize("path", STORED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_stored_bytes_mean_what_they_meant_and_survive_being_written_again(path: Path) -> None:
    spec = registry.by_name(path.parent.name)
    record = codec.decode(spec, path.read_bytes())
    meant = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert_within(meant, json.loads(json.dumps(codec.to_builtins(record), default=list)))
    assert codec.decode(spec, codec.encode(spec, record)) == record


@pytest.mark.parametrize("topic", FULL)
def test_the_sample_fills_in_every_field(topic: str) -> None:
    assert unfilled(FULL[topic]) == []


def test_every_declared_topic_has_a_sample() -> None:
    assert list(FULL) == [spec.name for spec in registry.DECLARED]


def assert_within(meant: Any, found: Any) -> None:
    """Everything that was meant is found; what a later version added may stand beside it."""
    if isinstance(meant, dict):
        for name, value in meant.items():
            assert_within(value, found[name])
    elif isinstance(meant, list):
        assert len(meant) == len(found)
        for one, other in zip(meant, found, strict=True):
            assert_within(one, other)
    else:
        assert meant == found


def unfilled(value: object, path: str = "") -> list[str]:
    """The fields of a record, and of records in it, that hold nothing."""
    if isinstance(value, tuple):
        return [missing for each in value for missing in unfilled(each, path)]
    if not is_dataclass(value):
        return []
    named = {f"{path}.{field.name}": getattr(value, field.name) for field in fields(value)}
    empty = [name for name, inner in named.items() if inner is None or inner in ((), "", {})]
    return empty + [missing for name, inner in named.items() for missing in unfilled(inner, name)]
