"""The declared topics on a real broker: made as declared, compared with what is there, never altered."""

import subprocess
import sys

import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from pipeline.adapters import broker, kafka, topics
from pipeline.adapters.kafka import topic_name
from pipeline.errors import UnavailableError, UsageError
from pipeline.settings import Settings
from tests.integration.conftest import StartCluster
from tests.waiting import until
from topics import registry

PARTITIONS = 3


def test_what_apply_made_is_what_is_declared(settings: Settings) -> None:
    assert topics.check(settings) == []
    topics.require(settings)


def test_the_broker_itself_reports_every_declared_setting(settings: Settings) -> None:
    admin = kafka.admin(settings)
    names = {topic_name(settings, spec): spec for spec in registry.ALL}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name, None) for name in names]
    reported = admin.describe_configs(asked, config_filter="all")["topic"]
    described = {topic["name"]: len(topic["partitions"]) for topic in admin.describe_topics(list(names))}
    admin.close()
    for name, spec in names.items():
        values = {key: reported[name][key]["value"] for key in spec.broker_config()}
        assert values == spec.broker_config()
        assert described[name] == (PARTITIONS if spec.partitions > 1 else 1)


def test_applying_again_makes_nothing(settings: Settings) -> None:
    assert topics.apply(settings) == []


def test_a_missing_topic_is_named_refused_and_made_again(settings: Settings) -> None:
    name = topic_name(settings, registry.OUTCOMES)
    delete(settings, name)
    assert topics.check(settings) == [f"{name}: missing"]
    with pytest.raises(UsageError, match=f"{name}: missing"):
        topics.require(settings)
    assert topics.apply(settings) == [name]
    assert topics.check(settings) == []


def test_each_misfit_is_one_line_and_left_as_it_is(settings: Settings) -> None:
    pages, feeds = topic_name(settings, registry.RAW_PAGES), topic_name(settings, registry.FEEDS)
    admin = kafka.admin(settings)
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, pages, {"retention.ms": "1000"})])
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, feeds, {"cleanup.policy": "delete"})])
    admin.create_partitions({feeds: 5})
    admin.close()
    expected = {
        f"{feeds}: 5 partitions, declared {PARTITIONS}",
        f"{feeds}: cleanup.policy is delete, declared compact",
        f"{pages}: retention.ms is 1000, declared 1209600000",
    }
    until(lambda: set(topics.check(settings)) == expected)
    assert topics.apply(settings) == []
    assert set(topics.check(settings)) == expected


def test_a_node_that_has_just_died_is_not_the_only_one_asked(start_cluster: StartCluster) -> None:
    cluster = start_cluster(3)
    topics.apply(cluster)
    broker.kill_node(cluster, 2)
    # Which node is asked is drawn: of so many hardly ever none falls on the dead one, which the others still name.
    for _ in range(8):
        topics.require(cluster)


def test_a_replication_factor_the_broker_cannot_give_is_said_in_one_line(settings: Settings) -> None:
    kafka_settings = settings.kafka.model_copy(update={"prefix": "t-too-many-", "replication_factor": 3})
    with pytest.raises(UnavailableError, match="refused topic t-too-many-") as caught:
        topics.apply(settings.model_copy(update={"kafka": kafka_settings}))
    assert "\n" not in str(caught.value)


def test_the_commands_tell_success_and_misfit_by_exit_code(settings: Settings, environment: dict[str, str]) -> None:
    assert tocsin(environment, "topics", "check").returncode == 0
    name = topic_name(settings, registry.ALERTS)
    delete(settings, name)
    refused = tocsin(environment, "topics", "check")
    assert refused.returncode == 2
    assert refused.stdout.splitlines() == [f"{name}: missing"]
    assert len(refused.stderr.splitlines()) == 1
    applied = tocsin(environment, "topics", "apply")
    assert applied.returncode == 0
    assert applied.stdout.splitlines()[0] == f"made {name}"


def delete(settings: Settings, name: str) -> None:
    """Delete a topic and wait until the broker no longer knows it."""
    admin = kafka.admin(settings)
    admin.delete_topics([name])
    until(lambda: name not in admin.list_topics())
    admin.close()


def tocsin(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-m", "pipeline", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
