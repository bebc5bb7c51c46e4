"""Where a feed's records lie."""

from pipeline.adapters.feed_store import partition_of


def test_a_sites_feeds_share_a_partition() -> None:
    assert partition_of("https://a.example/1", 12) == partition_of("http://A.example:8080/2?x", 12)


def test_sites_are_spread_over_all_partitions() -> None:
    assert {partition_of(f"https://h{number}.example/", 12) for number in range(200)} == set(range(12))


def test_a_feeds_partition_stays_what_it_was() -> None:
    # A different place would leave the old record behind, to be polled twice.
    assert [partition_of("https://a.example/1", partitions) for partitions in (1, 3, 12)] == [0, 2, 5]
