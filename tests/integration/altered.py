"""A clean stage with changes planted in it, to be found by a shadow upgrade; a module, so that children have it."""

from dataclasses import replace

from pipeline.stages.clean import clean as real
from pipeline.stages.outcome import Drop, DropReason, Emit, Outcome
from topics.records import Article, RawPage


def clean(page: RawPage) -> Outcome[Article]:
    """The real stage, but pages of `/cut/` lose their last line, those of `/drop/` are dropped, `/raise/` raises."""
    outcome = real(page)
    if "/raise/" in page.final_url:
        raise RuntimeError("planted")
    if "/drop/" in page.final_url:
        return Drop(DropReason.TOO_SHORT, "planted")
    if isinstance(outcome, Emit) and "/cut/" in page.final_url:
        article = outcome.records[0]
        return Emit((replace(article, text=article.text.rpartition("\n")[0]),))
    return outcome
