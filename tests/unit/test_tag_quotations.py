"""Quotations: which words count as quoted, and who is taken to have said them."""

import time
from dataclasses import replace

import pytest

from pipeline.stages.outcome import Emit
from pipeline.stages.tag import ActorIndex, tag
from pipeline.stages.tag.quotations.marks import stretches
from tests.samples import article
from topics.records import Actor, ActorKind, Quotation, SpeakerEvidence, TextField


def _person(name: str, *aliases: str) -> Actor:
    return Actor(actor_id=name.rsplit(maxsplit=1)[-1].lower(), name=name, kind=ActorKind.PERSON, aliases=aliases)


ACTORS = ActorIndex(
    [
        _person("Angela Xerkel", "Ангела Ксеркель", "Ангела Ксеркель", "أنجيلا كسيركل"),
        _person("Viktor Xorban", "Виктор Ксорбан", "Віктор Ксорбан", "فيكتور كسوربان"),
        Actor(actor_id="watch", name="Xuman Rights Watch", kind=ActorKind.ORGANISATION),
    ]
)


def _quoted(text: str, *, title: str = "", language: str | None = "en") -> tuple[Quotation, ...]:
    outcome = tag(replace(article(text, title=title), language=language), actors=ACTORS)
    assert isinstance(outcome, Emit)
    return outcome.records[0].quotations


def _told(text: str, *, title: str = "", language: str | None = "en") -> list[tuple[str, str]]:
    return [
        (item.speaker_actor_id or item.speaker, item.text) for item in _quoted(text, title=title, language=language)
    ]


MARKS = {
    "English": ("He said “we will go there” twice.", ["we will go there"]),
    "straight": ('He said "we will go there" twice.', ["we will go there"]),
    "single": ("He said ‘we will go there’ twice.", ["we will go there"]),
    "an apostrophe inside": ("He said ‘we don’t go there’ twice.", ["we don’t go there"]),
    "a plural's apostrophe inside": (
        "‘We want the workers’ rights kept,’ he said.",
        ["We want the workers’ rights kept"],
    ),
    "straight single": ("He said 'we don't go there' twice.", ["we don't go there"]),
    "no quotation in apostrophes": ("It's the '90s and the workers' rights aren't John's.", []),
    "inches": ('A 5" pipe and a 7" pipe broke.', []),
    "German": ("Er sagte „wir gehen da hin“ gestern.", ["wir gehen da hin"]),
    "German reversed": ("Er sagte »wir gehen da hin« gestern.", ["wir gehen da hin"]),
    "German with English closing mark": ("Er sagte „wir gehen da hin” gestern.", ["wir gehen da hin"]),
    "French with spaces": ("Il dit « nous y allons » hier.", ["nous y allons"]),
    "Swedish": ("Han sa ”vi går dit” igår.", ["vi går dit"]),
    "Japanese": ("彼は「そこへ行きます」と言った", ["そこへ行きます"]),
    "nested": ("“He told me ‘never again’ and left,” she said.", ["He told me ‘never again’ and left"]),
    "several paragraphs": ("“First one.\n“Second one.”\nThird.", ["First one.", "Second one."]),
    "several French paragraphs": ("« Un.\n» Deux. »\nTrois.", ["Un.", "Deux."]),
    "never closed": ("“First one.\nSecond one.\nHe said “no” twice.", ["no"]),
    "closed before it was opened": ("one” and “two”", ["two"]),
    "empty": ('“” and ‘’ and "" and « »', []),
    "only an opening mark": ("“", []),
}


@pytest.mark.parametrize(("text", "expected"), MARKS.values(), ids=MARKS.keys())
def test_quoted_words_are_what_stands_between_marks(text: str, expected: list[str]) -> None:
    assert [text[item.start : item.end] for item in stretches(text)] == expected


WE = "We will not go there"
ENGLISH = {
    "said X": f"“{WE},” said Angela Xerkel.",
    "X said": f"“{WE},” Angela Xerkel said.",
    "X, the role, said": f"“{WE},” Angela Xerkel, the former chancellor, told reporters.",
    "a role before": f"“{WE},” said the former chancellor, Angela Xerkel.",
    "X said before": f"Angela Xerkel said: “{WE}.”",
    "X told somebody": f"Angela Xerkel told Viktor Xorban on Monday: “{WE}.”",
    "said in a sentence": f"On Monday Angela Xerkel told the house that “{WE}” at all.",
    "according to behind": f"“{WE},” according to Angela Xerkel.",
    "according to before": f"According to Angela Xerkel, “{WE}.”",
    "a name and a colon": f"Angela Xerkel: “{WE}.”",
    "signed": f"“{WE}.” — Angela Xerkel",
    "a description": f"Angela Xerkel called it “{WE.lower()}” on Monday.",
    "a question": "“Will we not go there?” Angela Xerkel asked.",
    "on the next line": f"Angela Xerkel wrote:\n“{WE}.”",
    "what she answers to": f"Responding to Viktor Xorban, Angela Xerkel said: “{WE}.”",
    "an answer": f"“{WE},” Angela Xerkel said of Viktor Xorban.",
    "after a day": f"Viktor Xorban left. On Monday Angela Xerkel said: “{WE}.”",
    "single marks": f"‘{WE},’ said Angela Xerkel.",
    "straight marks": f'"{WE}," said Angela Xerkel.',
}


@pytest.mark.parametrize("text", ENGLISH.values(), ids=ENGLISH.keys())
def test_a_cue_beside_the_words_tells_the_speaker(text: str) -> None:
    found = _quoted(text)
    assert [(item.speaker_actor_id, item.confidence) for item in found] == [("xerkel", SpeakerEvidence.CUE)]
    assert found[0].text.lower().rstrip(".?").endswith("not go there")


OTHERS = {
    "French": ("« Nous n'irons pas là », a déclaré Angela Xerkel.", "fr", "xerkel"),
    "French present": ("« Nous n'irons pas là-bas », explique Viktor Xorban.", "fr", "xorban"),
    "French according": ("Selon Angela Xerkel, « nous n'irons pas là-bas ».", "fr", "xerkel"),
    "German": ("„Wir gehen da nicht hin“, sagte Angela Xerkel.", "de", "xerkel"),
    "German before": ("Am Montag sagte Angela Xerkel: „Wir gehen da nicht hin.“", "de", "xerkel"),
    "German so": ("„Wir gehen da nicht hin“, so Viktor Xorban.", "de", "xorban"),
    "Russian": ("«Мы туда никогда не пойдём», — заявила Ангела Ксеркель.", "ru", "xerkel"),
    "Russian before": ("Ангела Ксеркель сказала: «Мы туда никогда не пойдём».", "ru", "xerkel"),
    "Russian inverted": ("Как заявил Виктор Ксорбан: «Мы туда никогда не пойдём».", "ru", "xorban"),
    "Russian according": ("По словам Ангелы Ксеркель, «мы туда никогда не пойдём».", "ru", "xerkel"),
    "Ukrainian": ("«Ми туди ніколи не підемо», — сказав Віктор Ксорбан.", "uk", "xorban"),
    "Arabic": ("وقال فيكتور كسوربان: «لن نذهب إلى هناك أبدا».", "ar", "xorban"),
    "Arabic behind": ("«لن نذهب إلى هناك أبدا»، قالت أنجيلا كسيركل.", "ar", "xerkel"),
    "Spanish": ("«No iremos allí nunca», dijo Viktor Xorban.", "es", "xorban"),
    "unknown language": ("„Wir gehen da nicht hin“, sagte Angela Xerkel.", None, "xerkel"),
}


@pytest.mark.parametrize(("text", "language", "speaker"), OTHERS.values(), ids=OTHERS.keys())
def test_other_languages_have_their_own_verbs_and_marks(text: str, language: str | None, speaker: str) -> None:
    found = _quoted(text, language=language)
    assert [(item.speaker_actor_id, item.confidence) for item in found] == [(speaker, SpeakerEvidence.CUE)]


UNNAMED = {
    "a resident": f"Angela Xerkel left. “{WE},” said a resident.",
    "a spokesman": f"“{WE},” said a spokesman for Angela Xerkel.",
    "an ally": f"“{WE},” said one of Angela Xerkel’s allies.",
    "who met her": f"“{WE},” said a resident who met Angela Xerkel.",
    "nobody": f"“{WE}.”",
    "a title of a book": "Angela Xerkel read “The Lord of the Rings” again.",
    "scare quotes": "Angela Xerkel said the “so-called deal” was off.",
    "a day that looks like a pronoun": f"Viktor Xorban left. On Monday somebody said: “{WE}.”",
    "her remark": f"Angela Xerkel’s remark that “{WE.lower()} again” upset Viktor Xorban, who said nothing.",
    "passive": f"Angela Xerkel left. A resident said: “{WE}.”",
}


@pytest.mark.parametrize("text", UNNAMED.values(), ids=UNNAMED.keys())
def test_words_of_somebody_not_named_are_nobodys(text: str) -> None:
    assert _told(text) == []


def test_quoted_words_go_on_behind_the_verb() -> None:
    text = f"“{WE},” Angela Xerkel said. “That is what we have decided.”"
    assert [(item.speaker_actor_id, item.confidence) for item in _quoted(text)] == [
        ("xerkel", SpeakerEvidence.CUE),
        ("xerkel", SpeakerEvidence.CUE),
    ]


def test_paragraphs_that_open_with_the_mark_again_are_one_speakers() -> None:
    text = f"Angela Xerkel said: “{WE}.\n“That is what we have decided.\n“So it is.”\nThen it rained."
    found = _quoted(text)
    assert [item.text for item in found] == [f"{WE}.", "That is what we have decided.", "So it is."]
    assert {(item.speaker_actor_id, item.confidence) for item in found} == {("xerkel", SpeakerEvidence.CUE)}


def test_words_that_break_into_quoted_ones_are_left_out() -> None:
    text = "«Красного совсем не осталось, — говорит Ангела Ксеркель, — весь ушёл на запятые»."
    assert _told(text, language="ru") == [
        ("xerkel", "Красного совсем не осталось"),
        ("xerkel", "весь ушёл на запятые"),
    ]
    text = "« Nous n'irons pas là-bas, a déclaré Angela Xerkel. Mais nous verrons. »"
    assert _told(text, language="fr") == [("xerkel", "Nous n'irons pas là-bas"), ("xerkel", "Mais nous verrons.")]


PRONOUNS = {
    "she": (f"Angela Xerkel met Viktor Xorban. “{WE},” she said.", "xerkel"),
    "he": (f"Viktor Xorban met Angela Xerkel. “{WE},” he said.", "xorban"),
    "of the last speaker": (f"“{WE},” Angela Xerkel said. It rained on them all.\nShe added: “{WE}.”", "xerkel"),
    "it": (f"Xuman Rights Watch met Angela Xerkel. “{WE},” it said.", "watch"),
}


@pytest.mark.parametrize(("text", "speaker"), PRONOUNS.values(), ids=PRONOUNS.keys())
def test_a_pronoun_is_the_last_fitting_name_and_marked_uncertain(text: str, speaker: str) -> None:
    last = _quoted(text)[-1]
    assert (last.speaker_actor_id, last.confidence) == (speaker, SpeakerEvidence.CARRIED)
    assert last.speaker_start is not None
    assert text[last.speaker_start : last.speaker_end].lower() in ("she", "he", "it")


def test_a_paragraph_of_quoted_sentences_is_the_speakers_before_and_marked_uncertain() -> None:
    text = (
        f"“{WE},” said Angela Xerkel.\n“That is what we have decided.”\nNothing.\nNothing.\n“It is somebody else here.”"
    )
    assert [(item.text, item.confidence) for item in _quoted(text)] == [
        (WE, SpeakerEvidence.CUE),
        ("That is what we have decided.", SpeakerEvidence.CARRIED),
    ]


def test_a_speaker_not_named_ends_the_carrying() -> None:
    assert _told(f"“{WE},” said Angela Xerkel.\n“Nor shall we,” said a resident.\n“That is what we decided.”") == [
        ("xerkel", WE)
    ]


def test_a_quotation_in_a_title_has_its_offsets_there() -> None:
    title = f"Angela Xerkel: ‘{WE}’"
    found = _quoted("Nothing.", title=title)
    assert [(item.field, title[item.start : item.end], item.verb) for item in found] == [(TextField.TITLE, WE, None)]


def test_a_quotation_says_where_words_speaker_and_verb_stand() -> None:
    text = f"Then: “{WE},” said Ms Xerkel. Angela Xerkel left."
    (found,) = _quoted(text)
    assert found == Quotation(
        speaker="Angela Xerkel",
        speaker_actor_id="xerkel",
        verb="said",
        field=TextField.TEXT,
        start=7,
        end=27,
        text=WE,
        speaker_start=38,
        speaker_end=44,
        confidence=SpeakerEvidence.CUE,
    )


def test_an_organisation_speaks_after_a_day_that_looks_like_a_pronoun() -> None:
    assert _told(f"Viktor Xorban left. On Monday Xuman Rights Watch said: “{WE}.”") == [("watch", f"{WE}.")]


def test_an_unlisted_speaker_is_named() -> None:
    assert _told(f"“{WE},” said Marit Xosk, the warden.") == [("Marit Xosk", WE)]


@pytest.mark.parametrize("piece", ["“", '" ', "‘a ", "„a", "« a", "“a b c d” said he. ", "Angela Xerkel “a b c d e”, "])
def test_time_is_linear_in_a_text_built_to_hurt(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * (length // len(piece) + 1))[:length]
        started = time.process_time()
        stretches(text)
        return time.process_time() - started

    seconds(10_000)
    # A square would be 400 times, however often it is tried; a processor that others use too is slower by moments.
    most = 0.2 + 40 * max(min(seconds(20_000) for _attempt in range(3)), 0.005)
    assert any(seconds(400_000) < most for _attempt in range(3))
