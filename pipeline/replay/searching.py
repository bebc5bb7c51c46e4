"""Stored articles held against a few watches, by the matcher that matches live.

There is no clock on them, so that none is put aside for taking long: nothing waits behind it as it does in live work.
One whose evaluation fails is put aside here, too, and whoever searches has to say so.
"""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.adapters.ranges import RangeRecord
from pipeline.stages.match import Glance, WatchIndex, match, parse_query
from pipeline.stages.outcome import Emit
from topics import codec, registry
from topics.records import Actor, Match, Mode, TaggedArticle, Watch, WatchFault


class Searcher:
    """Finds the matches of watches in records of `tagged-articles`. QueryError for a query that cannot be read."""

    def __init__(
        self, watches: Sequence[Watch], actors: Sequence[Actor], *, mode: Mode = Mode.LIVE, run_id: str = "live"
    ) -> None:
        """Matches are marked with `mode` and `run_id`, whatever their articles carry."""
        self._index = WatchIndex()
        for actor in actors:
            self._index.put_actor(actor)
        for watch in watches:
            self._index.put(watch)
        self._glance = Glance((parse_query(watch.query) for watch in watches), actors)
        self._mode, self._run_id = mode, run_id
        self.undecodable = 0
        """Records so far that hold no article."""

    @property
    def faults(self) -> tuple[WatchFault, ...]:
        """The watches that were put aside: their matches are missing from then on."""
        return self._index.faults()

    def search(self, record: RangeRecord) -> tuple[Match, ...]:
        """The matches in the record's article, in the order of watch ids."""
        if record.value is not None and not self._glance.could_match(record.value):
            return ()
        try:
            tagged: TaggedArticle = codec.decode(registry.TAGGED_ARTICLES, record.value)
        except codec.UndecodableError:
            self.undecodable += 1
            return ()
        outcome = match(self._marked(tagged), watches=self._index)
        return outcome.records if isinstance(outcome, Emit) else ()

    def _marked(self, tagged: TaggedArticle) -> TaggedArticle:
        origin = replace(tagged.article.origin, mode=self._mode, run_id=self._run_id)
        return replace(tagged, article=replace(tagged.article, origin=origin))
