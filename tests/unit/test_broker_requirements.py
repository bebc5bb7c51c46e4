"""What the embedded Kafka needs of the machine, and what is said when it is not there."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.adapters import broker
from pipeline.adapters.broker import jars, node
from pipeline.errors import UnavailableError, UsageError
from pipeline.settings import Settings


def executable(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    return folder


@pytest.mark.usefixtures("path")
def test_missing_java_is_one_line_that_says_what_to_install() -> None:
    with pytest.raises(UnavailableError, match="apt-get install default-jre-headless maven") as caught:
        jars.find_java()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("version", "said"),
    [("1.8.0_402", "is Java 8"), ("11.0.2", "is Java 11"), ("16", "is Java 16")],
    ids=["before 9", "eleven", "without a point"],
)
def test_an_old_java_is_refused_with_its_version(path: Path, version: str, said: str) -> None:
    executable(path, "java", f"echo 'openjdk version \"{version}\" 2024-01-16' >&2")
    with pytest.raises(UnavailableError, match=said):
        jars.find_java()


@pytest.mark.parametrize("version", ["17.0.15", "21", "25-ea"])
def test_java_17_or_newer_is_taken(path: Path, version: str) -> None:
    executable(path, "java", f"echo 'openjdk version \"{version}\"' >&2")
    assert jars.find_java() == str(path / "java")


def test_java_home_is_taken_before_the_path(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = path.parent / "jdk"
    (home / "bin").mkdir(parents=True)
    executable(home / "bin", "java", "echo 'openjdk version \"21\"' >&2")
    executable(path, "java", "echo 'openjdk version \"17\"' >&2")
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert jars.find_java() == str(home / "bin" / "java")


@pytest.mark.usefixtures("path")
def test_missing_maven_is_said_only_when_jars_must_be_fetched(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="no `mvn` here"):
        jars.resolve(tmp_path / "jars", say=print)


def test_what_maven_complains_of_is_said_and_nothing_is_left(path: Path, tmp_path: Path) -> None:
    executable(path, "mvn", "echo '[INFO] Scanning'; echo '[ERROR] no such artefact'; echo '[ERROR] more'; exit 1")
    with pytest.raises(UnavailableError, match=r"could not fetch Kafka's jars: no such artefact$"):
        jars.resolve(tmp_path / "jars", say=print)
    assert [left.name for left in (tmp_path / "jars").iterdir()] == ["lock"]


def test_jars_are_fetched_once(path: Path, tmp_path: Path) -> None:
    find_target = 'for a in "$@"; do case $a in -DoutputDirectory=*) d=${a#*=};; esac; done'
    executable(path, "mvn", f"{find_target}; /bin/mkdir $d; : > $d/kafka.jar")
    said: list[str] = []
    first = jars.resolve(tmp_path / "jars", say=said.append)
    assert [jar.name for jar in first.iterdir()] == ["kafka.jar"]
    assert said[0] == "fetching Kafka's jars (54 MB), once"
    said.clear()
    assert jars.resolve(tmp_path / "jars", say=said.append) == first
    assert said == []


def test_two_starts_at_once_fetch_once(path: Path, tmp_path: Path) -> None:
    find_target = 'for a in "$@"; do case $a in -DoutputDirectory=*) d=${a#*=};; esac; done'
    executable(path, "mvn", f"{find_target}; /bin/sleep 0.2; /bin/mkdir $d; : > $d/kafka.jar")
    said: list[str] = []
    with ThreadPoolExecutor() as pool:
        found = set(pool.map(lambda _number: jars.resolve(tmp_path / "jars", say=said.append), range(2)))
    assert len(found) == 1
    assert said.count("fetching Kafka's jars (54 MB), once") == 1


def test_a_broker_of_ones_own_is_not_started(tmp_path: Path) -> None:
    settings = Settings.model_validate({"data_folder": tmp_path / "data", "kafka": {"bootstrap": "kafka.example:9092"}})
    with pytest.raises(UsageError, match=r"kafka\.example:9092"):
        broker.start(settings)
    assert not (tmp_path / "data").exists()


def test_looking_and_stopping_where_nothing_was_started_makes_nothing(tmp_path: Path) -> None:
    settings = Settings.model_validate({"data_folder": tmp_path / "data"})
    assert broker.stop(settings) == 0
    assert broker.status(settings) == broker.Status((), False)
    assert not (tmp_path / "data").exists()


def test_three_nodes_know_each_other_and_share_no_port(tmp_path: Path) -> None:
    nodes = [node.Node(number=n, nodes=3, first_port=9092, home=tmp_path) for n in (1, 2, 3)]
    texts = [node.configuration(each) for each in nodes]
    voters = "controller.quorum.voters=1@127.0.0.1:9095,2@127.0.0.1:9096,3@127.0.0.1:9097\n"
    assert all(voters in text and "min.insync.replicas=2\n" in text for text in texts)
    assert len({port for each in nodes for port in (each.port, each.controller_port)}) == 6
