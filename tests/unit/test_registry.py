"""What must hold between the declared topics."""

import pytest

from topics import registry
from topics.spec import Cleanup, TopicSpec


def test_names_are_unique() -> None:
    names = [spec.name for spec in registry.ALL]
    assert len(names) == len(set(names))


def test_a_feed_and_its_state_lie_in_the_partition_of_the_same_number() -> None:
    assert registry.FEEDS.partitions == registry.FEED_STATES.partitions
    assert registry.FEEDS.partition_by == registry.FEED_STATES.partition_by is not None


@pytest.mark.parametrize("spec", registry.DECLARED, ids=lambda spec: spec.name)
def test_every_topic_a_stage_reads_can_refuse_a_record_unless_it_is_compacted(spec: TopicSpec) -> None:
    is_read_by_a_stage = bool({"clean", "tag", "match", "deliver"} & set(spec.consumers))
    assert spec.has_dead_letters == (is_read_by_a_stage and spec.cleanup is Cleanup.DELETE)


@pytest.mark.parametrize("spec", registry.DECLARED, ids=lambda spec: spec.name)
def test_descriptions_are_one_sentence(spec: TopicSpec) -> None:
    assert spec.description.endswith(".")
    assert ". " not in spec.description


@pytest.mark.parametrize("spec", registry.ALL, ids=lambda spec: spec.name)
def test_every_topic_fits_the_clients_largest_request(spec: TopicSpec) -> None:
    assert spec.max_message_bytes < 8 << 20


def test_topics_are_found_by_name_dead_letters_included() -> None:
    assert registry.by_name("raw-pages") is registry.RAW_PAGES
    assert registry.by_name("raw-pages-dlq") == registry.RAW_PAGES.dead_letter
    with pytest.raises(KeyError):
        registry.by_name("raw-page")
