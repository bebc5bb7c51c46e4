"""Pages written by us beside what cleaning makes of them: `tests/golden/pages/NAME.html` and `NAME.html.expected`.

A page's address stands in a comment on its first line. What cannot be stored in a few lines is generated.
"""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.stages.clean import clean
from pipeline.stages.outcome import Emit, Outcome
from tests.samples import raw_page
from topics import codec
from topics.records import Article

FOLDER = Path(__file__).parents[1] / "golden" / "pages"
PAGES = sorted(FOLDER.glob("*.html"))
ADDRESS = re.compile(rb"<!-- url: (\S+) -->")
FETCHED_AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
FOREIGN = ("Dorian Felk", "Maud Averill", "Quarry Lane", "bijoutier", "Juwelier", "ювелир", "ювелір", "الصائغ")
"""Words of teasers to an unrelated crime, in all languages of the pages."""


def outcome_of(path: Path) -> Outcome[Article]:
    """What becomes of the page."""
    body = path.read_bytes()
    address = ADDRESS.match(body)
    assert address is not None, f"{path.name}: the address is missing in the first line"
    page = raw_page(address.group(1).decode(), body=body)
    origin = replace(page.origin, fetched_at=FETCHED_AT, seen_at=FETCHED_AT)
    return clean(replace(page, origin=origin, content_type="text/html"))


def told(outcome: Outcome[Article]) -> dict[str, object]:
    """The outcome without what every record has, its text by lines."""
    if not isinstance(outcome, Emit):
        return {"outcome": type(outcome).__name__.lower(), "reason": outcome.reason, "detail": outcome.detail}
    fields = codec.to_builtins(outcome.records[0])
    fields["text"] = outcome.records[0].text.split("\n")
    return {"outcome": "emit"} | {
        name: value for name, value in fields.items() if name not in ("origin", "text_digest")
    }


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_is_cleaned_as_expected(path: Path, rewrite_golden: bool) -> None:
    found = json.dumps(told(outcome_of(path)), ensure_ascii=False, indent=2) + "\n"
    expected = path.with_name(path.name + ".expected")
    if rewrite_golden:
        expected.write_text(found, "utf-8")
    assert found == expected.read_text("utf-8")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_no_name_of_an_unrelated_crime_is_in_an_article(path: Path) -> None:
    outcome = outcome_of(path)
    if isinstance(outcome, Emit):
        article = outcome.records[0]
        assert [word for word in FOREIGN if word in f"{article.title}\n{article.text}"] == []


PARAGRAPH = "<p>The council of Ostrel met on Tuesday and heard the engineers who are to mend the lock, notice {}.</p>"


def test_an_oversized_page_is_read_plainly_and_says_so() -> None:
    paragraphs = "".join(map(PARAGRAPH.format, range(20_001)))
    body = f"<html><head><title>Notices of the year</title></head><body><nav>Menu</nav>{paragraphs}</body></html>"
    outcome = clean(raw_page(body=body.encode()))
    assert isinstance(outcome, Emit)
    article = outcome.records[0]
    assert article.is_degraded
    assert article.title == "Notices of the year"
    assert article.text.count("\n") == 20_000
    assert article.text.endswith("notice 20000.")
