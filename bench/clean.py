"""How many pages a second one core cleans, and how well, beside extractors by themselves.

`python -m bench.clean [--folder F] [--json]`. All read the same pages in the same process, after a first round that
loads what they need; times are seconds of this process's processor. Ours decodes, reads metadata and dates, takes the
text, filters its lines and names the language; of the peers, `trafilatura with metadata` comes nearest to that, and
`trafilatura fast` is the setting the stage takes texts with.

F1, precision, recall, leak and lost are `bench.shingles`' against the true text: without --folder the demo newsroom's
articles; with it a folder like scrapinghub/article-extraction-benchmark (`ground-truth.json` and `html/`). A folder of
`*.html` or `*.html.gz` without truth is timed only.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import trafilatura
from resiliparse.extract.html2text import extract_plain_text
from trafilatura.settings import Document

from bench import corpus, shingles
from bench.corpus import LabelledPage
from bench.report import show
from pipeline.stages.clean import clean, load
from pipeline.stages.clean.decode import decode
from pipeline.stages.outcome import Emit

Extract = Callable[[LabelledPage], str]
_WARM_UP = 20


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="pages of one's own, with or without their true texts")
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    given = parser.parse_args()
    load()
    pages, has_truth = _pages(given.folder)
    if not pages:
        parser.error(f"{given.folder}: no *.html or *.html.gz in it")
    show("clean", [_row(name, extract, pages, has_truth) for name, extract in _EXTRACTORS.items()], as_json=given.json)


def _pages(folder: Path | None) -> tuple[Sequence[LabelledPage], bool]:
    """The pages, and whether their texts are known."""
    if folder is None:
        return corpus.newsroom_labelled_pages(), True
    if (folder / "ground-truth.json").exists():
        return corpus.labelled_pages(folder), True
    return [LabelledPage(url, body, "") for url, body in corpus.read(folder)], False


def _row(name: str, extract: Extract, pages: Sequence[LabelledPage], has_truth: bool) -> dict[str, object]:
    for page in pages[:_WARM_UP]:
        extract(page)
    started = time.process_time()
    texts = [extract(page) for page in pages]
    took_s = time.process_time() - started
    row: dict[str, object] = {
        "extractor": name,
        "pages": len(pages),
        "pages_per_s": round(len(pages) / took_s),
        "no_text": sum(not text.strip() for text in texts),
    }
    if has_truth:
        scores = shingles.mean_of(
            shingles.score(text, truth=page.truth) for text, page in zip(texts, pages, strict=True)
        )
        row |= {
            "f1": round(scores.f1, 3),
            "precision": round(scores.precision, 3),
            "recall": round(scores.recall, 3),
            "leak": round(scores.leak, 3),
            "lost": round(scores.lost, 3),
        }
    return row


def _ours(page: LabelledPage) -> str:
    outcome = clean(corpus.raw_page(page.url, page.body))
    return outcome.records[0].text if isinstance(outcome, Emit) else ""


def _trafilatura(page: LabelledPage) -> str:
    return trafilatura.extract(page.body) or ""


def _trafilatura_with_metadata(page: LabelledPage) -> str:
    found = trafilatura.bare_extraction(page.body, url=page.url, with_metadata=True)
    return (found.text if isinstance(found, Document) else None) or ""


def _trafilatura_fast(page: LabelledPage) -> str:
    return trafilatura.extract(page.body, fast=True, favor_recall=True, include_comments=False) or ""


def _resiliparse(page: LabelledPage) -> str:
    return str(extract_plain_text(decode(page.body, None), main_content=True, alt_texts=False))


_EXTRACTORS: dict[str, Extract] = {
    "clean stage": _ours,
    "trafilatura": _trafilatura,
    "trafilatura with metadata": _trafilatura_with_metadata,
    "trafilatura fast": _trafilatura_fast,
    "resiliparse": _resiliparse,
}


if __name__ == "__main__":
    main()
