"""The declarations as pages and manifests; `make topics` writes them, nothing in them is edited by hand."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import timedelta
from enum import EnumType
from itertools import pairwise
from typing import Any, get_args, get_type_hints

import yaml

from topics.spec import Lane, TopicSpec

_GENERATED = "made from topics/registry.py and topics/records/ by `make topics`; do not edit"
_REPLICAS = 3
"""What a cluster that may lose a broker needs; the manifest is for such a one."""


def readme(declared: Sequence[TopicSpec]) -> str:
    """The contract as a Markdown page: the topics, how records flow, and every field of every record."""
    parts = [
        f"<!-- {_GENERATED} -->\n# Topics and records",
        "Times are aware and in UTC; a field with a default may be absent. Records only ever gain optional fields.",
        "## Topics\n\n" + _topic_table(declared),
        "Retention counts from the arrival of a record in Kafka. Compacted topics keep the last record of each key; "
        "a tombstone deletes it.",
        "## Replay lane\n\nThe same stages read and write these when a range is replayed: same key, record and limits. "
        "What they refuse goes to the dead letters of the topic they stand beside.\n\n" + _lane_table(declared),
        "## Dead letters\n\n" + _dead_letter_table(declared),
        "## Flow\n\n" + _diagram(declared),
        "## Records",
        *(_record_section(record) for record in _records(declared)),
    ]
    return "\n\n".join(parts) + "\n"


def manifest(specs: Sequence[TopicSpec]) -> str:
    """Strimzi `KafkaTopic` resources for a cluster named `tocsin`, three replicas each."""
    documents = [yaml.safe_dump(_resource(spec), sort_keys=False) for spec in specs]
    return f"# {_GENERATED[0].upper()}{_GENERATED[1:]}.\n" + "".join(f"---\n{document}" for document in documents)


def _topic_table(declared: Iterable[TopicSpec]) -> str:
    return _table(
        ("topic", "what", "record", "key", "encoding", "partitions", "kept", "largest", "from", "to"),
        (
            (
                f"`{spec.name}`",
                spec.description,
                f"[{spec.record.__name__}](#{spec.record.__name__.lower()})",
                f"`{spec.key}`" + (f"; partition by {spec.partition_by}" if spec.partition_by else ""),
                spec.encoding.value,
                str(spec.partitions),
                _kept(spec),
                f"{spec.max_message_bytes / (1 << 20):g} MiB",
                spec.producer,
                ", ".join(spec.consumers),
            )
            for spec in declared
        ),
    )


def _dead_letter_table(declared: Iterable[TopicSpec]) -> str:
    return _table(
        ("topic", "what", "partitions", "kept"),
        (
            (f"`{spec.name}`", spec.description, str(spec.partitions), _kept(spec))
            for spec in (spec.dead_letter for spec in declared if spec.has_dead_letters)
        ),
    )


def _lane_table(declared: Iterable[TopicSpec]) -> str:
    lane = (spec.in_lane(Lane.REPLAY) for spec in declared if spec.is_replayable)
    rows = ((f"`{spec.name}`", spec.description, str(spec.partitions), _kept(spec)) for spec in lane)
    return _table(("topic", "what", "partitions", "kept"), rows)


def _diagram(declared: Iterable[TopicSpec]) -> str:
    lines = ["```mermaid", "flowchart LR"]
    for spec in declared:
        lines.append(f'    {_node(spec.name)}[("{spec.name}")]')
        producers = re.split(r", | and ", spec.producer)
        lines.extend(f'    {_node(who)}["{who}"] --> {_node(spec.name)}' for who in producers)
        lines.extend(f'    {_node(spec.name)} --> {_node(who)}["{who}"]' for who in spec.consumers)
        if spec.has_dead_letters:
            letters = spec.dead_letter.name
            lines.append(f'    {_node(spec.consumers[0])} -. refused .-> {_node(letters)}[("{letters}")]')
    return "\n".join([*lines, "```"])


def _node(name: str) -> str:
    """An identifier for the diagram."""
    return "n_" + "".join(letter if letter.isalnum() else "_" for letter in name)


def _records(declared: Iterable[TopicSpec]) -> list[type]:
    """Every record and everything inside one, in the order first met."""
    found: dict[type, None] = {}
    for spec in declared:
        _collect(spec.record, found)
    return list(found)


def _collect(kind: Any, found: dict[type, None]) -> None:
    if is_dataclass(kind) and isinstance(kind, type) and kind not in found:
        found[kind] = None
        for inner in get_type_hints(kind).values():
            _collect(inner, found)
    elif isinstance(kind, EnumType) and kind not in found:
        found[kind] = None
    for inner in get_args(kind):
        _collect(inner, found)


def _record_section(record: type) -> str:
    heading = f"### {record.__name__}\n\n{inspect.cleandoc(record.__doc__ or '')}\n\n"
    if isinstance(record, EnumType):
        return heading + "One of " + ", ".join(f"`{member.value}`" for member in record)  # type: ignore[var-annotated]
    notes = _field_notes(record)
    types = _field_types(record)
    rows = (
        (f"`{field.name}`", f"`{types[field.name]}`".replace("|", "\\|"), _default(field), notes.get(field.name, ""))
        for field in fields(record)
    )
    return heading + _table(("field", "type", "default", "meaning"), rows)


def _field_notes(record: type) -> dict[str, str]:
    """The string under each field in the source, on one line."""
    body = _class_body(record)
    return {
        field.target.id: " ".join(note.value.value.split())
        for field, note in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(note, ast.Expr)
        and isinstance(note.value, ast.Constant)
        and isinstance(note.value.value, str)
    }


def _field_types(record: type) -> dict[str, str]:
    """Each field's type as the source writes it."""
    return {
        field.target.id: ast.unparse(field.annotation)
        for field in _class_body(record)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
    }


def _class_body(record: type) -> list[ast.stmt]:
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(record))).body
    return definition.body if isinstance(definition, ast.ClassDef) else []


def _default(field: "Field[Any]") -> str:
    if field.default is MISSING and field.default_factory is MISSING:
        return "required"
    return f"`{field.default!s}`" if field.default != "" else "empty"


def _kept(spec: TopicSpec) -> str:
    return f"{spec.retention // timedelta(days=1)} days" if spec.retention is not None else "last of each key"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _resource(spec: TopicSpec) -> dict[str, Any]:
    config = spec.broker_config() | {"min.insync.replicas": "2"}
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": "KafkaTopic",
        "metadata": {"name": spec.name, "labels": {"strimzi.io/cluster": "tocsin"}},
        "spec": {"partitions": spec.partitions, "replicas": _REPLICAS, "config": config},
    }
