"""Listed actors in articles: which spellings are found, where, and which bare surnames count."""

import pytest

from pipeline.stages.tag import ActorIndex
from tests.quality.names import mentions
from topics.records import Actor, ActorKind, TextField

_PERSON, _ORGANISATION = ActorKind.PERSON, ActorKind.ORGANISATION


def _person(name: str, *aliases: str, actor_id: str = "a") -> Actor:
    return Actor(actor_id=actor_id, name=name, kind=_PERSON, aliases=aliases)


def _organisation(name: str, *aliases: str, actor_id: str = "o") -> Actor:
    return Actor(actor_id=actor_id, name=name, kind=_ORGANISATION, aliases=aliases)


def _found(actors: list[Actor], text: str, *, title: str = "", language: str | None = "en") -> list[str]:
    return [
        f"{item.actor_id}:{item.surface}"
        for item in mentions(text, ActorIndex(actors), title=title, language=language)
        if item.actor_id is not None
    ]


SPELLINGS = {
    "case and accents": (_person("Mélanie Joly"), "so melanie JOLY said", ["a:melanie JOLY"]),
    "possessive": (_person("Donald Tusk"), "It is Donald Tusk’s plan.", ["a:Donald Tusk"]),
    "no part of a word": (_organisation("Meta"), "A metaphor, and Metadata.", []),
    "apostrophe and hyphen": (_person("Sean O'Brien-Lee"), "met Sean O’Brien Lee", ["a:Sean O’Brien Lee"]),
    "full stop of an abbreviation": (
        _organisation("St Petersburg Bank"),
        "of St. Petersburg Bank",
        ["o:St. Petersburg Bank"],
    ),
    "not over a sentence's end": (_person("Boris Johnson"), "They met Boris. Johnson left.", []),
    "not over a line's end": (_person("Boris Johnson"), "They met Boris\nJohnson left.", []),
    "not over a comma": (_person("Boris Johnson"), "They met Boris, Johnson left.", []),
    "a company's comma": (_organisation("Acme Inc"), "sued Acme, Inc. again", ["o:Acme, Inc"]),
    "capitals are exact case": (
        _organisation("World Health Organization", "WHO"),
        "who knows? The WHO does.",
        ["o:WHO"],
    ),
    "dots in capitals": (_organisation("United States", "US"), "the U.S. and us", ["o:U.S"]),
    "exact case by sign": (_organisation("Apple Inc", "=Apple"), "An apple from Apple.", ["o:Apple"]),
    "capitals in a shouted line": (_organisation("World Health Body", "WHO"), "SEE WHO WAS THERE THAT NIGHT", []),
    "umlaut spelled out": (_person("Jürgen Müller"), "met Juergen Mueller", ["a:Juergen Mueller"]),
    "ss for ß": (_person("Franz Josef Strauss"), "von Franz Josef Strauß", ["a:Franz Josef Strauß"]),
    "initial in the text": (_person("Donald Trump"), "On Monday Donald J. Trump said so.", ["a:Donald J. Trump"]),
    "initial in the list": (_person("Donald J. Trump"), "met Donald Trump", ["a:Donald Trump"]),
    "son of the same name": (_person("Donald Trump"), "met Donald Trump Jr. there", []),
    "romanised": (_person("Светлана Тихановская"), "met Svetlana Tikhanovskaya", ["a:Svetlana Tikhanovskaya"]),
    "romanised in print": (_person("Владимир Зеленский"), "met Vladimir Zelensky", ["a:Vladimir Zelensky"]),
    "soft hyphen": (_person("Olaf Scholz"), "met Olaf Sch\u00adolz there", ["a:Olaf Sch\u00adolz"]),
    "Chinese without spaces": (_person("Tsai Ing-wen", "蔡英文"), "前总统蔡英文说", ["a:蔡英文"]),
    "Japanese": (_person("ドナルド・トランプ"), "昨日ドナルド・トランプ氏は", ["a:ドナルド・トランプ"]),
    "Japanese, a longer word": (_person("ドナルド・トランプ"), "ドナルド・トランプタワー", []),
    "Korean particle": (_person("김정은"), "어제 김정은은 말했다", ["a:김정은"]),
    "Arabic": (_person("محمد بن سلمان"), "قال محمد بن سلمان اليوم", ["a:محمد بن سلمان"]),
    "Arabic behind a conjunction": (_person("محمد بن سلمان"), "قال ومحمد بن سلمان", ["a:محمد بن سلمان"]),
    "Arabic article after l": (_organisation("البنك المركزي"), "قرار للبنك المركزي", ["o:لبنك المركزي"]),
    "Arabic hamza": (_person("أنطونيو غوتيريش"), "قال انطونيو غوتيريش", ["a:انطونيو غوتيريش"]),
    "nothing but signs": (_person("***", "!"), "*** and !", []),
}


@pytest.mark.parametrize(("actor", "text", "expected"), SPELLINGS.values(), ids=SPELLINGS.keys())
def test_a_spelling_is_found_where_it_stands(actor: Actor, text: str, expected: list[str]) -> None:
    assert _found([actor], text) == expected


DECLINED = {
    "Russian genitive": ("Светлана Тихановская", "мнение Светланы Тихановской", True),
    "Russian instrumental": ("Светлана Тихановская", "встреча со Светланой Тихановской", True),
    "Russian dative": ("Владимир Путин", "письмо Владимиру Путину", True),
    "with patronymic": ("Владимир Путин", "письмо Владимиру Владимировичу Путину", True),
    "Ukrainian": ("Володимир Зеленський", "зустріч з Володимиром Зеленським", True),
    "Belarusian": ("Аляксандр Лукашэнка", "прэс-канферэнцыя Аляксандра Лукашэнкі", True),
    "surname that stays": ("Ангела Меркель", "речь Ангелы Меркель", True),
    "Andrei": ("Андрей Санников", "письмо Андрею Санникову", True),
    "the wife's name is another": ("Владимир Зеленский", "речь Владимиры Зеленской", False),
    "two cases at once": ("Владимир Путин", "Владимиру Путиным", False),
}


@pytest.mark.parametrize(("name", "text", "is_found"), DECLINED.values(), ids=DECLINED.keys())
def test_a_cyrillic_name_is_found_in_its_cases(name: str, text: str, is_found: bool) -> None:
    assert bool(_found([_person(name)], text, language="ru")) is is_found


_BIDEN, _HUNTER = _person("Joe Biden", actor_id="joe"), _person("Hunter Biden", actor_id="hunter")
SURNAMES = {
    "beside the full name": ([_BIDEN], "Joe Biden spoke. Later Biden left.", ["joe:Joe Biden", "joe:Biden"]),
    "before the full name": ([_BIDEN], "Later Biden left. Joe Biden spoke.", ["joe:Biden", "joe:Joe Biden"]),
    "alone it is nobody's": ([_BIDEN], "Later Biden left.", []),
    "behind an office": ([_BIDEN], "It was President Biden. Later Biden left.", ["joe:Biden", "joe:Biden"]),
    "a courtesy title is no proof": ([_BIDEN], "It was Mr Biden. Later Biden left.", []),
    "two listed actors share it": (
        [_BIDEN, _HUNTER],
        "Joe Biden met Hunter Biden. Then Biden left.",
        ["joe:Joe Biden", "hunter:Hunter Biden"],
    ),
    "the other one is not in the article": (
        [_BIDEN, _HUNTER],
        "Joe Biden spoke. Then Biden left.",
        ["joe:Joe Biden", "joe:Biden"],
    ),
    "an office does not tell two listed actors apart": ([_BIDEN, _HUNTER], "It was President Biden.", []),
    "part of another's name": ([_BIDEN], "Joe Biden and Hunter Biden.", ["joe:Joe Biden"]),
    "an unlisted namesake named more often": (
        [_BIDEN],
        "Joe Biden is his father. Frank Biden spoke, and Frank Biden sang. Then Biden left.",
        ["joe:Joe Biden"],
    ),
    "part of an organisation's name": (
        [_person("Hillary Clinton", actor_id="c")],
        "Hillary Clinton spoke for the Clinton Foundation.",
        ["c:Hillary Clinton"],
    ),
    "without its capital": ([_person("Theresa May", actor_id="m")], "Theresa May may go.", ["m:Theresa May"]),
    "listed as an alias": ([_person("Joe Biden", "Biden", actor_id="joe")], "Later Biden left.", []),
    "listed to stand alone": ([_person("Joe Biden", "=Biden", actor_id="joe")], "Later Biden left.", ["joe:Biden"]),
    "a name of one word": ([_person("Pelé", actor_id="p")], "Then Pele scored.", ["p:Pele"]),
    "with a particle": (
        [_person("Ursula von der Leyen", actor_id="u")],
        "Ursula von der Leyen spoke. Mrs von der Leyen left.",
        ["u:Ursula von der Leyen", "u:von der Leyen"],
    ),
}


@pytest.mark.parametrize(("actors", "text", "expected"), SURNAMES.values(), ids=SURNAMES.keys())
def test_a_bare_surname_counts_only_with_support(actors: list[Actor], text: str, expected: list[str]) -> None:
    assert _found(actors, text) == expected


def test_the_longest_of_overlapping_names_counts() -> None:
    actors = [_person("Donald Trump", "=Trump", actor_id="t"), _organisation("Trump Organization")]
    assert _found(actors, "the Trump Organization and Trump") == ["o:Trump Organization", "t:Trump"]


def test_two_actors_listed_under_the_same_words_both_count() -> None:
    actors = [_organisation("Mercury", actor_id="m1"), _organisation("Mercury", actor_id="m2")]
    assert _found(actors, "owned by Mercury") == ["m1:Mercury", "m2:Mercury"]


def test_a_mention_says_where_it_stands_and_which_alias_matched() -> None:
    index = ActorIndex([_person("Sviatlana Tsikhanouskaya", "Светлана Тихановская")])
    found = mentions("Речь Светланы Тихановской.", index, title="Тихановская в Вильнюсе", language="ru")
    assert [(item.field, item.start, item.end, item.name, item.alias, item.evidence) for item in found] == [
        (TextField.TITLE, 0, 11, "Sviatlana Tsikhanouskaya", "Светлана Тихановская", "surname"),
        (TextField.TEXT, 5, 25, "Sviatlana Tsikhanouskaya", "Светлана Тихановская", "case-form"),
    ]


def test_an_index_tells_how_many_actors_it_holds() -> None:
    assert len(ActorIndex([_BIDEN, _HUNTER])) == 2
    assert len(ActorIndex()) == 0
