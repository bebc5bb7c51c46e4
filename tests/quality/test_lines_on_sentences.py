"""How many sentences of real articles the line rules would take for furniture: none of the rules was made on them.

Sentences of WikiGold and of the politics and re3d sets in `../shared/data/ner`, each as a line of its own amid prose.
"""

from pathlib import Path

import pytest

from pipeline.stages.clean.lines import Known, keep_own

SHARED = Path(__file__).parents[3] / "shared"
SETS = ("wikigold", "politics-train", "politics-dev", "politics-test", "re3d-train", "re3d-test")
PROSE = ["The council met on Tuesday and heard the engineers who are to mend the lock before winter comes."] * 10
FEWEST_WORDS = 3

pytestmark = [
    pytest.mark.may_skip("a clone by itself has no texts of others"),
    pytest.mark.skipif(not SHARED.exists(), reason="no ../shared beside the checkout: the texts are not part of it"),
]


def sentences(name: str) -> list[str]:
    """The set's sentences of three words and more, words and marks with spaces between."""
    blocks = (SHARED / "data" / "ner" / f"{name}.conll").read_text("utf-8").split("\n\n")
    words = [[line.split("\t")[0] for line in block.splitlines() if line] for block in blocks]
    return [" ".join(each) for each in words if len(each) >= FEWEST_WORDS]


def test_hardly_a_sentence_is_cut() -> None:
    lines = [line for name in SETS for line in sentences(name)]
    cut = [line for line in lines if line not in keep_own("\n".join([*PROSE, line, *PROSE]), Known()).text.split("\n")]
    assert len(lines) > 3_500
    # Seen on 2026-11-24: two, a credit and `Follow … on Twitter`.
    assert len(cut) <= 3, cut
