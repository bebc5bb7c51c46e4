"""The declared topics on a broker: created where missing, compared with what is really there, never altered."""

from collections.abc import Callable, Iterator
from threading import Event
from time import monotonic
from typing import Any, TypeVar

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from pipeline.adapters import kafka
from pipeline.adapters.kafka import topic_name
from pipeline.errors import UnavailableError, UsageError
from pipeline.settings import Settings
from topics import registry
from topics.spec import TopicSpec

_READY_WITHIN_MS = 30_000
_FACTOR_THAT_SURVIVES_A_LOSS = 3
# A node that has just died is named to clients until the others give it up, after 9 seconds by default.
_ASK_AGAIN_FOR_S = 20
_ASK_AGAIN_AFTER_S = 0.5

Found = TypeVar("Found")


def partitions_of(settings: Settings, spec: TopicSpec) -> int:
    """How many partitions the topic is to have here: the operator's number, where more than one is declared."""
    return settings.kafka.partitions or spec.partitions if spec.partitions > 1 else 1


def config_of(settings: Settings, spec: TopicSpec) -> dict[str, str]:
    """The topic-level settings it is to have here, by Kafka's names."""
    # With three copies, an acknowledged record is in two: one broker may die for good and one may be restarting.
    is_replicated = settings.kafka.replication_factor >= _FACTOR_THAT_SURVIVES_A_LOSS
    return spec.broker_config() | ({"min.insync.replicas": "2"} if is_replicated else {})


def apply(settings: Settings) -> list[str]:
    """Create what is missing and return the names made, once every partition has a leader.

    A topic that exists is left as it is, fitting or not: `check` says which do not. UnavailableError when the broker
    refuses, with its reason.
    """
    made: list[str] = []
    _ask(settings, lambda admin: _create_missing(settings, admin, made), "create")
    return made


def _create_missing(settings: Settings, admin: KafkaAdminClient, made: list[str]) -> None:
    """Add to what was made by an earlier try that then failed."""
    present = set(admin.list_topics())
    wanted = {topic_name(settings, spec): _request(settings, spec) for spec in registry.ALL}
    missing = {name: request for name, request in wanted.items() if name not in present}
    if missing:
        made += _created(admin.create_topics(missing, raise_errors=False))
    if missing or made:
        admin.wait_for_topics([*missing.keys() | made], timeout_ms=_READY_WITHIN_MS)


def check(settings: Settings) -> list[str]:
    """One line for each way the broker's topics differ from the declarations; empty when all is well."""
    names = {topic_name(settings, spec): spec for spec in registry.ALL}
    found, configs = _ask(settings, lambda admin: _described(admin, list(names)), "describe")
    return [
        f"{name}: {difference}"
        for name, spec in names.items()
        for difference in _differences(settings, spec, found.get(name), configs.get(name, {}))
    ]


def _described(admin: KafkaAdminClient, names: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The topics that are there, and what is set for each."""
    found = {topic["name"]: topic for topic in admin.describe_topics(names) if not topic["error_code"]}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name, None) for name in found]
    return found, admin.describe_configs(asked, config_filter="all")["topic"] if asked else {}


def _ask(settings: Settings, work: Callable[[KafkaAdminClient], Found], verb: str) -> Found:
    """Have a broker do it, a node that is dying being asked again: the others answer for it soon. UnavailableError."""
    until = monotonic() + _ASK_AGAIN_FOR_S
    while True:
        admin = kafka.admin(settings)
        try:
            return work(admin)
        except KafkaError as error:
            if not error.retriable or monotonic() > until:
                said = f"the broker at {settings.bootstrap} did not {verb} the topics: {error}"
                raise UnavailableError(said) from error
        finally:
            admin.close()
        Event().wait(_ASK_AGAIN_AFTER_S)


def require(settings: Settings) -> None:
    """UsageError that names every misfit, unless the broker has what is declared."""
    differences = check(settings)
    if differences:
        raise UsageError(
            f"the topics at {settings.bootstrap} are not as declared (`tocsin topics apply` creates missing ones): "
            + "; ".join(differences)
        )


def remove(settings: Settings) -> None:
    """Delete the declared topics and what they hold, where they exist: for tests, which own their prefix."""
    if not settings.kafka.prefix:
        raise UsageError("topics without a prefix are not removed")
    admin = kafka.admin(settings)
    try:
        present = set(admin.list_topics())
        ours = sorted({topic_name(settings, spec) for spec in registry.ALL} & present)
        admin.delete_topics(ours, raise_errors=False)  # one that is gone already is what was wanted
    finally:
        admin.close()


def _request(settings: Settings, spec: TopicSpec) -> dict[str, Any]:
    return {
        "num_partitions": partitions_of(settings, spec),
        "replication_factor": settings.kafka.replication_factor,
        "configs": config_of(settings, spec),
    }


def _created(answer: dict[str, Any]) -> list[str]:
    """The topics made. A topic that another process made a moment earlier is no failure, and not ours."""
    refused = [topic for topic in answer["topics"] if topic["error_code"]]
    for topic in refused:
        error = for_code(topic["error_code"])
        if error is not TopicAlreadyExistsError:
            raise UnavailableError(f"the broker refused topic {topic['name']}: {topic['error_message'] or error}")
    return [topic["name"] for topic in answer["topics"] if not topic["error_code"]]


def _differences(
    settings: Settings, spec: TopicSpec, topic: dict[str, Any] | None, config: dict[str, Any]
) -> Iterator[str]:
    if topic is None:
        yield "missing"
        return
    partitions = topic["partitions"]
    wanted = partitions_of(settings, spec)
    if len(partitions) != wanted:
        yield f"{len(partitions)} partitions, declared {wanted}"
    factors = {len(partition["replica_nodes"]) for partition in partitions}
    if factors != {settings.kafka.replication_factor}:
        there = ", ".join(map(str, sorted(factors)))
        yield f"replication factor {there}, set {settings.kafka.replication_factor}"
    for key, value in config_of(settings, spec).items():
        real = config.get(key, {}).get("value")
        if real != value:
            yield f"{key} is {real}, declared {value}"
