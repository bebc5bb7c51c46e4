"""Creating topics where a broker answers late or fails in the middle."""

from typing import Any

import pytest
from kafka.errors import KafkaTimeoutError

from pipeline.adapters import kafka, topics
from pipeline.settings import Settings
from topics import registry


class Brokers:
    """Creates topics; how long they take to have a leader is told beforehand."""

    def __init__(self, *, fails: int) -> None:
        self.fails = fails
        self.there: set[str] = set()
        self.waited_for: list[set[str]] = []

    def list_topics(self) -> list[str]:
        return sorted(self.there)

    def create_topics(self, wanted: dict[str, Any], *, raise_errors: bool) -> dict[str, Any]:
        assert not raise_errors
        self.there |= set(wanted)
        return {"topics": [{"name": name, "error_code": 0, "error_message": None} for name in wanted]}

    def wait_for_topics(self, names: list[str], *, timeout_ms: int) -> None:
        assert timeout_ms
        self.waited_for.append(set(names))
        if len(self.waited_for) <= self.fails:
            raise KafkaTimeoutError("no leader yet")

    def close(self) -> None:
        """Nothing is held."""


@pytest.mark.parametrize("fails", [0, 1])
def test_topics_made_by_a_try_that_failed_later_are_told_and_waited_for(
    monkeypatch: pytest.MonkeyPatch, fails: int
) -> None:
    brokers = Brokers(fails=fails)
    monkeypatch.setattr(kafka, "admin", lambda _settings: brokers)
    made = topics.apply(Settings())
    assert len(made) == len(registry.ALL)
    assert set(made) == brokers.there
    assert brokers.waited_for == [brokers.there] * (fails + 1)
    assert topics.apply(Settings()) == []
    assert len(brokers.waited_for) == fails + 1
