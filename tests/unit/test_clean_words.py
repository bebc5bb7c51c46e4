"""Texts compared: what is quick for most texts gives what holds for all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.clean import credits, cues, labels
from pipeline.stages.clean.words import Keys, Sought, key, on_one_line, tidy

SOUGHT_IN_KEYS = {"sign-up": cues.SIGN_UP, "cookies": cues.COOKIES, "rights": labels.RIGHTS_KEY}
# Letters of all kinds beside what is space, unseen, a mark, or no letter of XML.
TEXTS = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("aB é\u0301\u00a0\u00ad\u200b\u2028\x0b\x0c\x1c\x1f\x85\r\n\t\u2000\u3000\ufeff\ufb01İßς_-’"),
    )
)


@given(TEXTS)
def test_a_text_on_one_line_is_the_tidy_text_without_its_breaks(text: str) -> None:
    assert on_one_line(text) == tidy(text).replace("\n", " ")


@given(TEXTS)
def test_a_text_of_printable_letters_is_tidied_like_any_other(text: str) -> None:
    unseen = "\u200b"
    assert tidy(text) == tidy(f"{text}{unseen}")


@given(TEXTS)
def test_ascii_has_the_key_it_has_beside_other_letters(text: str) -> None:
    assert key(f"{text} é") == f"{key(text)} e".lstrip()


@given(st.lists(TEXTS.map(tidy)))
def test_the_key_of_a_text_is_that_of_its_lines(lines: list[str]) -> None:
    keys = Keys()
    assert key("\n".join(lines)) == " ".join(filter(None, (keys[line] for line in lines)))
    assert dict(keys) == {line: key(line) for line in lines}


@pytest.mark.parametrize("sought", SOUGHT_IN_KEYS.values(), ids=SOUGHT_IN_KEYS)
@given(data=st.data())
def test_no_match_in_a_key_is_without_the_words_that_are_looked_for_first(sought: Sought, data: st.DataObject) -> None:
    words = data.draw(st.from_regex(sought.pattern, fullmatch=True))
    assert sought.is_in(words, words)
    assert not sought.is_in("a text of other words", "a text of other words")


@given(st.from_regex(credits.ARCHIVE_TAIL.pattern, fullmatch=True))
def test_nor_is_a_match_in_a_line(tail: str) -> None:
    assert credits.ARCHIVE_TAIL.is_in(tail, key(tail))
