"""People and organisations nobody listed: what proves them, and what does not."""

import pytest

from pipeline.stages.tag import ActorIndex
from tests.quality.names import mentions

_NOBODY = ActorIndex()


def _found(text: str, *, title: str = "", language: str | None = "en") -> list[tuple[str, str]]:
    return [(item.surface, item.evidence) for item in mentions(text, _NOBODY, title=title, language=language)]


PROOFS = {
    "title": ("On Monday Chancellor Xolz said so.", "en", [("Xolz", "title")]),
    "courtesy title": ("It was Mrs Xandra there.", "en", [("Xandra", "title")]),
    "office in lower case": ("le ministre Xavier Dupontel a parlé", "fr", [("Xavier Dupontel", "title")]),
    "German office": ("Gestern sprach Bundeskanzler Xolz in Bonn.", "de", [("Xolz", "title")]),
    "Russian office declined": ("письмо президенту Хавелу", "ru", [("Хавелу", "title")]),
    "given name": ("met Angela Xerkel there", "en", [("Angela Xerkel", "given-name")]),
    "given name declined": ("мнение Алеся Хеляцкого", "ru", [("Алеся Хеляцкого", "given-name")]),
    "particles": ("met Jan van der Xoop there", "en", [("Jan van der Xoop", "given-name")]),
    "initials": ("by J. K. Xowling and others", "en", [("J. K. Xowling", "initials")]),
    "patronymic": ("пришла Хельга Петровна Хонова", "ru", [("Хельга Петровна Хонова", "patronymic")]),
    "ending of surnames": ("met Xlatko Xilanovic there", "en", [("Xlatko Xilanovic", "surname-ending")]),
    "role before": ("as striker Xero Xanu left", "en", [("Xero Xanu", "role")]),
    "role behind": ("then Xero Xanu, the former head of it, left", "en", [("Xero Xanu", "role")]),
    "age": ("then Xero Xanu, 45, left", "en", [("Xero Xanu", "age")]),
    "saying": ("then Xero Xanu said no", "en", [("Xero Xanu", "saying")]),
    "party before a given name": ("met Democrat Nancy Xelosi there", "en", [("Nancy Xelosi", "given-name")]),
    "legal form": ("sued Xacme Widgets Ltd over it", "en", [("Xacme Widgets Ltd", "legal-form")]),
    "legal form before": ("компания ООО Ромашка", "ru", [("ООО Ромашка", "legal-form")]),
    "head word last": ("at Xambridge University they", "en", [("Xambridge University", "head-word")]),
    "head word and of": ("the University of Xambridge is", "en", [("University of Xambridge", "head-word")]),
    "joint ministry": (
        "the Ministry of Education and Science said",
        "en",
        [("Ministry of Education and Science", "head-word")],
    ),
    "French head word": ("selon le Parti Populaire", "fr", [("Parti Populaire", "head-word")]),
    "known": ("as the BBC reports", "en", [("BBC", "known")]),
    "country between office and name": (
        "сказал президент Франции Эмманюэль Макрон вчера",
        "ru",
        [("Эмманюэль Макрон", "title")],
    ),
    "office with a hyphen, declined": (
        "встреча с премьер-министром Великобритании Ксирой Ксармер прошла",
        "ru",
        [("Ксирой Ксармер", "title")],
    ),
    "two banks": (
        "they said that the Bank of Xandia and Bank of Xapan would meet there",
        "en",
        [("Bank of Xandia", "head-word"), ("Bank of Xapan", "head-word")],
    ),
    "person of a company": (
        "they said that Angela Xerkel of Xacme Ltd would meet them there",
        "en",
        [("Angela Xerkel", "given-name"), ("Xacme Ltd", "legal-form")],
    ),
    "front for the liberation of": (
        "they joined the Popular Front for the Liberation of Xalestine there",
        "en",
        [("Popular Front for the Liberation of Xalestine", "head-word")],
    ),
    "a people's party": (
        "they joined the Catholic People’s Party there",
        "en",
        [("Catholic People’s Party", "head-word")],
    ),
    "written-on article": ("they met Bashar al-Xassad there", "en", [("Bashar al-Xassad", "given-name")]),
    "a mayor called Bill": ("with Mayor Bill de Xlasio there", "en", [("Bill de Xlasio", "title")]),
    "what a person is": ("Scientologist Tom Xruise left them there", "en", [("Tom Xruise", "given-name")]),
    "behind quoted words": ("“We go there,” said Xerit Xosk then", "en", [("Xerit Xosk", "saying")]),
    "alone before a verb of saying": (
        "they met Xerit Xosk there. Then Xosk said no",
        "en",
        [("Xerit Xosk", "repeated"), ("Xosk", "surname")],
    ),
    "company before its chief": ("when Google CEO Sundar Xichai left", "en", [("Google", "known")]),
}


@pytest.mark.parametrize(("text", "language", "expected"), PROOFS.values(), ids=PROOFS.keys())
def test_a_rule_that_proves_an_actor_is_named(text: str, language: str, expected: list[tuple[str, str]]) -> None:
    assert _found(text, language=language)[: len(expected)] == expected


NO_PROOFS = {
    "two capitals": "they went to Xero Xanu again",
    "place that speaks": "then Downing Street said no",
    "country that speaks": "then New Zealand said no",
    "month": "in the April March",
    "German nouns": "der Große Bahnhof sagte",
    "given name alone": "then Angela left",
    "a major studio": "a major Hollywood studio",
    "given name and place word": "in the San Diego Bay",
    "nothing": "",
    "spaces": "  \n \n",
    "lower case": "angela xerkel was there",
}


@pytest.mark.parametrize("text", NO_PROOFS.values(), ids=NO_PROOFS.keys())
def test_without_proof_nothing_is_tagged(text: str) -> None:
    assert _found(text, language="de" if "sagte" in text else "en") == []


def test_a_surname_afterwards_gets_the_full_name() -> None:
    found = mentions("Angela Xerkel spoke. Later Xerkel left.", _NOBODY, title="Why Xerkel Left So Early")
    assert [(item.surface, item.name, item.evidence) for item in found] == [
        ("Xerkel", "Angela Xerkel", "surname"),
        ("Angela Xerkel", "Angela Xerkel", "given-name"),
        ("Xerkel", "Angela Xerkel", "surname"),
    ]


def test_a_surname_of_two_people_is_left() -> None:
    assert _found("Angela Xerkel met Peter Xerkel. Later Xerkel left.") == [
        ("Angela Xerkel", "given-name"),
        ("Peter Xerkel", "given-name"),
    ]


def test_the_letters_in_brackets_stand_for_the_organisation() -> None:
    assert _found("the Xoly Workers Union (XWU) met. Later the XWU left.") == [
        ("Xoly Workers Union", "head-word"),
        ("XWU", "acronym"),
        ("XWU", "acronym"),
    ]


def test_a_headline_of_capitals_proves_nothing() -> None:
    assert _found("Nothing else.", title="Angela Xerkel Meets Crowd In Old Town Square") == []


def test_a_sentence_s_first_word_is_no_given_name_s_part() -> None:
    assert _found("Yesterday Angela Xerkel left. However Angela Xerkel came back.") == [
        ("Angela Xerkel", "given-name"),
        ("Angela Xerkel", "given-name"),
    ]
