"""The pages benchmarks run over: the demo newsroom's, or a folder of one's own."""

import gzip
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

from examples.newsroom.outlets import OUTLETS
from examples.newsroom.pages import article_page, url_of
from examples.newsroom.press import Press
from examples.newsroom.script import Behaviour, ScriptedArticle, load
from pipeline.stages import identity
from topics.records import Origin, RawPage

_AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def read(folder: Path | None) -> list[tuple[str, bytes]]:
    """Addresses and bodies: of the folder's `*.html` and `*.html.gz`, or of the newsroom's articles."""
    if folder is None:
        return _newsroom()
    files = sorted([*folder.glob("*.html"), *folder.glob("*.html.gz")])
    return [(f"https://{path.name.split('.')[0][:12]}.example/article", _bytes(path)) for path in files]


@dataclass(frozen=True, slots=True)
class LabelledPage:
    """A page and the text it should give."""

    url: str
    body: bytes
    truth: str


def labelled_pages(folder: Path) -> list[LabelledPage]:
    """Pages of a folder laid out like scrapinghub/article-extraction-benchmark: `ground-truth.json` and `html/`."""
    truths = json.loads((folder / "ground-truth.json").read_text("utf-8"))
    return [
        LabelledPage(
            truth["url"], gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes()), truth["articleBody"]
        )
        for name, truth in truths.items()
    ]


def newsroom_labelled_pages() -> list[LabelledPage]:
    """The newsroom's articles that are served whole, with their paragraphs."""
    whole = (Behaviour.NORMAL, Behaviour.SLOW)
    return [
        LabelledPage(page.final_url, page.body, "\n".join(article.paragraphs))
        for article, page in newsroom_pages()
        if article.behaviour in whole
    ]


def raw_pages(pages: list[tuple[str, bytes]], count: int) -> list[RawPage]:
    """So many raw pages, the given ones again and again, each at an address of its own."""
    return [raw_page(f"{url}?copy={number}", body) for number, (url, body) in enumerate(islice(cycle(pages), count))]


def newsroom_pages() -> list[tuple[ScriptedArticle, RawPage]]:
    """Every written article of the demo newsroom, with its page as its outlet would serve it."""
    by_id = {outlet.outlet_id: outlet for outlet in OUTLETS}
    presses = {outlet.outlet_id: Press(outlet) for outlet in OUTLETS}
    pages = []
    for article in load():
        release = presses[article.outlet_id].release(article, at=_AT)
        base_url = f"https://{article.outlet_id}.example"
        body = article_page(presses[article.outlet_id], release, base_url=base_url)
        pages.append((article, raw_page(url_of(by_id[article.outlet_id], article, base_url=base_url), body)))
    return pages


def _newsroom() -> list[tuple[str, bytes]]:
    return [(page.final_url, page.body) for _article, page in newsroom_pages()]


def raw_page(url: str, body: bytes) -> RawPage:
    """The page as a poller would have published it."""
    page = identity.page_id(url)
    origin = Origin(
        page_id=page,
        version_id=identity.version_id(page, body),
        url=url,
        fetched_at=_AT,
        seen_at=_AT,
        published_at=_AT,
        made_by=("bench/1",),
    )
    host = url.split("/")[2]
    return RawPage(origin=origin, final_url=url, host=host, body=body, content_type="text/html")


def _bytes(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
