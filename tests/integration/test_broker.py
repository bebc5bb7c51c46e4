"""The embedded Kafka: started, stopped, broken and started again."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from kafka import TopicPartition

from pipeline.adapters import broker, kafka
from pipeline.adapters.kafka import Producer
from pipeline.errors import TransientError, UnavailableError, UsageError
from pipeline.settings import Settings
from tests.integration.conftest import StartCluster, cluster_settings, environment_of, free_ports
from tests.samples import raw_page
from topics import registry


def test_starting_twice_starts_once_and_stopping_twice_stops_once(start_cluster: StartCluster) -> None:
    settings = start_cluster(1)
    before = broker.status(settings)
    broker.start(settings)
    assert broker.status(settings) == before
    assert before.is_answering
    assert broker.stop(settings) == 1
    assert broker.stop(settings) == 0
    assert [node.pid for node in broker.status(settings).nodes] == [None]


def test_what_was_acknowledged_is_there_after_a_kill_and_a_restart(start_cluster: StartCluster) -> None:
    settings = start_cluster(1)
    send(settings, 3)
    broker.kill_node(settings, 1)
    assert not broker.status(settings).is_answering
    broker.start(settings)
    assert end_of_raw_pages(settings) == 3


def test_a_pid_file_of_another_life_is_not_believed(start_cluster: StartCluster) -> None:
    settings = start_cluster(1)
    assert broker.stop(settings) == 1
    stale = settings.data_folder / "kafka" / "node-1" / "pid"
    stale.write_text(f"{os.getpid()}\n")
    assert broker.status(settings).nodes[0].pid is None
    assert broker.stop(settings) == 0
    broker.start(settings)
    assert broker.status(settings).is_answering


def test_three_nodes_go_on_without_one_and_take_it_back(start_cluster: StartCluster) -> None:
    settings = start_cluster(3)
    assert [node.number for node in broker.status(settings).nodes] == [1, 2, 3]
    broker.kill_node(settings, 2)
    send(settings, 3)
    broker.start_node(settings, 2)
    assert broker.status(settings).is_answering
    assert end_of_raw_pages(settings) == 3


def test_a_frozen_node_is_running_and_answers_again_when_resumed(start_cluster: StartCluster) -> None:
    settings = start_cluster(1)
    broker.pause_node(settings, 1)
    assert broker.status(settings).nodes[0].pid is not None
    broker.resume_node(settings, 1)
    send(settings, 1)


def test_what_a_frozen_node_does_not_acknowledge_in_time_may_be_tried_again(start_cluster: StartCluster) -> None:
    settings = start_cluster(1)
    producer = Producer(settings)
    producer.send(registry.RAW_PAGES, raw_page()).result(30)
    broker.pause_node(settings, 1)
    sent = producer.send(registry.RAW_PAGES, raw_page())
    with pytest.raises(TransientError, match="KafkaTimeoutError"):
        producer.flush(0.5)
    broker.resume_node(settings, 1)
    producer.flush(30)
    sent.result(1)
    producer.close()


def test_ctrl_c_of_the_starter_does_not_reach_the_broker(tmp_path: Path) -> None:
    settings = cluster_settings(tmp_path, nodes=1)
    command = [sys.executable, "-m", "pipeline", "kafka", "start"]
    started = subprocess.run(command, env=environment_of(settings), capture_output=True, text=True, check=False)
    try:
        assert started.returncode == 0, started.stderr
        assert started.stdout.splitlines()[-1] == f"Kafka answers at {settings.bootstrap}"
        pid = broker.status(settings).nodes[0].pid
        assert pid is not None
        assert os.getsid(pid) == pid
    finally:
        broker.stop(settings)


def test_a_taken_port_is_named_with_the_setting_that_chooses_another(tmp_path: Path) -> None:
    settings = cluster_settings(tmp_path, nodes=1)
    with (
        socket.create_server(("127.0.0.1", settings.kafka.embedded_port + 1)),
        pytest.raises(UnavailableError, match="TOCSIN_KAFKA__EMBEDDED_PORT") as caught,
    ):
        broker.start(settings)
    assert str(settings.kafka.embedded_port + 1) in str(caught.value)


def test_a_node_that_cannot_start_says_why_and_leaves_nothing_running(tmp_path: Path) -> None:
    settings = cluster_settings(tmp_path, nodes=1)
    broker.start(settings)
    broker.stop(settings)
    (tmp_path / "kafka" / "node-1" / "data" / "meta.properties").write_text("version=1\ncluster.id=another\n")
    with pytest.raises(UnavailableError, match=r"node 1 ended while starting: .* ERROR .*\(.*kafka\.log\)") as caught:
        broker.start(settings)
    assert "\n" not in str(caught.value)
    assert broker.status(settings).nodes[0].pid is None


def test_another_number_of_nodes_or_port_than_what_runs_is_refused(start_cluster: StartCluster) -> None:
    settings = start_cluster(1)
    three = settings.kafka.model_copy(update={"embedded_nodes": 3})
    with pytest.raises(UsageError, match="holds a Kafka of 1 node"):
        broker.start(settings.model_copy(update={"kafka": three}))
    elsewhere = settings.kafka.model_copy(update={"embedded_port": free_ports(2)})
    with pytest.raises(UsageError, match="stop it first"):
        broker.start(settings.model_copy(update={"kafka": elsewhere}))
    assert broker.status(settings).is_answering


def test_a_node_that_cannot_heed_anything_is_killed(start_cluster: StartCluster) -> None:
    settings = start_cluster(1)
    pid = broker.status(settings).nodes[0].pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    broker.kill_node(settings, 1)
    assert broker.status(settings).nodes[0].pid is None


def send(settings: Settings, count: int) -> None:
    """Send pages and wait for their acknowledgement."""
    producer = Producer(settings)
    for future in [producer.send(registry.RAW_PAGES, raw_page()) for _ in range(count)]:
        future.result(60)
    producer.close()


def end_of_raw_pages(settings: Settings) -> int:
    """How many records `raw-pages` holds."""
    admin = kafka.admin(settings)
    offsets = admin.list_partition_offsets({TopicPartition(registry.RAW_PAGES.name, number): -1 for number in range(3)})
    admin.close()
    return sum(each.offset for each in offsets.values())
