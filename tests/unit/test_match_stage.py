"""What watches find in articles, and what a match says about it."""

import pytest

from pipeline.stages import identity
from pipeline.stages.match import QueryError, match
from pipeline.stages.match.exact.evaluate import MAX_HITS, MAX_HITS_OF_CLAUSE
from pipeline.stages.outcome import Drop, DropReason, Emit
from tests.unit.matching import cut, found, index_of, mention, tagged, watch
from topics.records import Actor, ActorKind, TextField

WORDS = {
    "case and accents": ("orban", "Viktor Orbán spoke. ORBÁN left.", ["Orbán", "ORBÁN"]),
    "plural of a plain word": ("minister embassy", "Ministers left embassies.", ["Ministers", "embassies"]),
    "no singular of a plural": ("sanctions", "One sanction.", None),
    "no plural in quotes": ('"minister"', "Ministers left.", None),
    "no plural of a last word in quotes": ('"prime minister"', "Prime ministers left.", None),
    "no plural of other scripts": ("минск", "минскs", None),
    "a name in y": ("kennedy", "The Kennedys", ["Kennedys"]),
    "possessive": ("lukashenko", "Lukashenko’s men", ["Lukashenko"]),
    "possessive in a phrase": ('"Lukashenko men"', "Lukashenko’s men", ["Lukashenko’s men"]),
    "possessive in the query": ('"Lukashenko\'s men"', "Lukashenko men", ["Lukashenko men"]),
    "hyphens part words": ("non-lethal", "non lethal, non‑lethal", ["non lethal", "non‑lethal"]),
    "a phrase over a line's end": ('"new york"', "new\nyork", ["new\nyork"]),
    "not inside a word": ("art", "Bart party", None),
    "acronym exact": ("=US", "Tell us: the US is", ["US"]),
    "acronym plain": ("WHO", "who went to the WHO", ["who", "WHO"]),
    "exact phrase": ('="New Deal"', "a new deal. A New Deal", ["New Deal"]),
    "exact counts accents": ("=Orbán", "Orban Orbán", ["Orbán"]),
    "exact over a soft hyphen": ("=Minsk", "Min\u00adsk", ["Min\u00adsk"]),
    "sharp s": ("strasse", "Straße", ["Straße"]),
    "sharp s in the query": ("Straße", "STRASSE", ["STRASSE"]),
    "Cyrillic": ("минск", "В Минске. Минск!", ["Минск"]),
    "decomposed query": ("и\u0306од", "йод", ["йод"]),
    "ideographs": ("蔡英文", "總統蔡英文說", ["蔡英文"]),
    "an ideograph's neighbour excluded": ("京都 -東京都", "東京都", None),
    "Arabic with vowel marks": ("محمد", "قال مُحَمَّد", ["مُحَمَّد"]),
    "overlapping places of a phrase": ('"a b a"', "a b a b a", ["a b a", "a b a"]),
    "acronym with dots": ("U.S.", "The US, the U.S. and us", ["US", "U.S"]),
    "acronym without dots": ("=US", "The U.S. told us", ["U.S"]),
    "acronym in a phrase": ('"U.S. Army"', "the US Army, U.S. Army, us army", ["US Army", "U.S. Army"]),
    "hyphen or none": ("e-mail", "Emails, e-mails, e mail", ["Emails", "e-mails", "e mail"]),
    "none or hyphen": ("email covid19", "an e-mail on COVID-19", ["e-mail", "COVID-19"]),
    "letters and digits": ("F-16", "An F16 and F-16s", ["F16"]),
    "full-width": ("minsk", "\uff2d\uff49\uff4e\uff53\uff4b", ["\uff2d\uff49\uff4e\uff53\uff4b"]),
    "prefix": ("sanction*", "Sanction, sanctioned, sanctimony", ["Sanction", "sanctioned"]),
    "one letter": ("organi?ation", "organisation, Organization, organiation", ["organisation", "Organization"]),
    "inner wildcard": ("wom*n", "Woman, women, womaniser", ["Woman", "women"]),
    "two wildcards": ("sanct*n?", "sanctions sanction", ["sanctions"]),
    "wildcard in a phrase": ('"sanction* on"', "sanctions on, sanctioned in", ["sanctions on"]),
    "wildcard after a hyphen": ("non-leth*", "non-lethal, non lethality", ["non-lethal", "non lethality"]),
    "fuzzy": ("lukashenko~1", "Lukashenka, Lukashenko, Lukasenka, Bukashenko", ["Lukashenka", "Lukashenko"]),
    "fuzzy by two": ("lukashenko~2", "Lukasenka Lukaseka", ["Lukasenka"]),
    "fuzzy swaps are two edits": ("minsk~1", "Misnk", None),
    "near": ("minsk NEAR/2 talks", "Talks held in Minsk. Minsk is far from any talks", ["Talks", "Minsk"]),
    "not near": ("minsk NEAR/1 talks", "Talks held in Minsk", None),
    "near itself": ("talks NEAR/5 talks", "talks", None),
    "near and again": ("a NEAR/0 b NEAR/0 c", "c a b x b a", ["c", "a"]),
    "in order": ("minsk ONEAR/3 talks", "talks, Minsk, talks", ["Minsk", "talks"]),
    "in order, three": ("a ONEAR/0 b ONEAR/1 c", "a b x c; b a c", ["a", "b", "c"]),
    "a loose phrase": ('"prisoner swap"~2', "a swap of a prisoner", ["swap", "prisoner"]),
    "near a group": ('minsk NEAR/1 (swap OR "long talks")', "long talks in Minsk", ["long talks", "Minsk"]),
    "near over a sentence": ("minsk NEAR/0 talks", "Minsk. Talks.", ["Minsk", "Talks"]),
    "so many times": ("atleast3(drone)", "A drone, drones, Drone", ["drone", "drones", "Drone"]),
    "not so many times": ("atleast3(drone)", "A drone, drones", None),
    "some of a set": ("2of(minsk, vilnius, riga)", "Minsk and Riga", ["Minsk", "Riga"]),
    "too few of a set": ("2of(minsk, vilnius, riga)", "Minsk", None),
    "an expression": (r"/\bdron\w+/", "Drones. A dromedary", ["Drones"]),
    "an exact expression": (r"=/\bUA[VS]s?\b/", "uavs UAVs", ["UAVs"]),
    "an expression over folded words": ("/orban/", "Orbán", None),
    "an expression behind other scripts": ("/минс[а-я]+/", "蔡英文, в Минске", ["Минске"]),
    "a stem of no known language": ("stem(minister)", "Ministers, ministry", ["Ministers"]),
    "aliases in three scripts": (
        'actor:("Lukashenko" | "Лукашенко" | "卢卡申科")',
        "Lukashenko, с Лукашенко, 卢卡申科",
        ["Lukashenko", "Лукашенко", "卢卡申科"],
    ),
    "case endings of aliases": (
        'actor:("Светлана Тихановская" | "Зеленский")',
        "Светлану Тихановскую и Зеленского, Tikhanovskaya. Svetlana Tikhanovskaya",
        ["Светлану Тихановскую", "Зеленского", "Svetlana Tikhanovskaya"],
    ),
    "exact aliases": ('actor:("=WHO" | "Ärzte")', "who, the W.H.O., the WHO, Aerzte", ["W.H.O", "WHO", "Aerzte"]),
    "the lead by lines": ("lead:riga", "Minsk\n\nVilnius, Riga\nRiga", ["Riga"]),
    "the lead by characters": ("lead:riga", "x " * 199 + "Riga", None),
    "the lead to its last character": ("lead:riga", "x " * 198 + "Riga Riga", ["Riga"]),
}
FILTERS = {
    "url": ("minsk url:/politics/", True),
    "url case": ("minsk url:STORY.html", True),
    "url elsewhere": ("minsk url:/sport/", False),
    "site": ("minsk site:example.org", True),
    "site below": ("minsk site:www.example.org", True),
    "site is no substring": ("minsk site:ample.org", False),
    "site name": ('minsk site:"Example News"', True),
    "language": ("minsk lang:EN", True),
    "other language": ("minsk lang:(fr OR de)", False),
    "author": ("minsk author:example", True),
    "author not across authors": ('minsk author:"example bob"', False),
    "keyword": ('minsk keyword:"Prisoner swap"', True),
    "section": ("minsk section:world", True),
    "other section": ("minsk -section:world", False),
    "feed by id": (f"minsk feed:{identity.feed_id('https://example.org/rss')}", True),
    "feed by address": ("minsk feed:https://example.org/rss", True),
    "other feed": ("minsk feed:https://example.org/atom", False),
    "filter alone": ("author:example", True),
    "title only": ("title:minsk", False),
    "text only": ("text:minsk", True),
    "text group": ("text:(minsk AND swap)", True),
}


@pytest.mark.parametrize(("query", "text", "expected"), WORDS.values(), ids=WORDS.keys())
def test_words_are_found_as_documented(query: str, text: str, expected: list[str] | None) -> None:
    article = tagged(text)
    one = found(query, article)
    assert (cut(one, article) if one is not None else None) == expected


def test_a_hit_of_aliases_names_the_alias() -> None:
    one = found('actor:("Lukashenko" | "Лукашенко")', tagged("Лукашенко сказал"))
    assert one is not None
    assert [hit.alias for hit in one.hits] == ["Лукашенко"]


def test_an_actor_is_near_words() -> None:
    text = "Sveta, who was in Minsk, spoke."
    sveta = mention(text, "Sveta", name="Sviatlana", actor_id="ts")
    one = found("near(actor:ts, minsk, 3)", tagged(text, mentions=(sveta,)))
    assert one is not None
    assert [(hit.words, hit.actor_id, hit.clause) for hit in one.hits] == [
        ("Sveta", "ts", "actor:ts NEAR/3 minsk"),
        ("Minsk", None, "actor:ts NEAR/3 minsk"),
    ]
    assert found("near(actor:ts, minsk, 2)", tagged(text, mentions=(sveta,))) is None


@pytest.mark.parametrize(("query", "expected"), FILTERS.values(), ids=FILTERS.keys())
def test_fields_hold_as_documented(query: str, expected: bool) -> None:
    article = tagged(
        "A swap in Minsk.",
        "A swap",
        keywords=("prisoner swap", "exchange"),
        feed_id=identity.feed_id("https://example.org/rss"),
        site_name="The Example News",
        language="en",
        authors=("Ann Example", "Bob Other"),
        section="World",
    )
    assert (found(query, article) is not None) is expected


def test_a_phrase_does_not_cross_from_the_title_into_the_text() -> None:
    assert found('"new york"', tagged("york", "new")) is None


def test_a_match_says_which_clause_where_and_whose() -> None:
    text = "Tikhanovskaya asked for sanctions; the sanctions came."
    article = tagged(
        text,
        "Sanctions",
        mentions=(
            mention(text, "Tikhanovskaya", name="Sviatlana Tsikhanouskaya", actor_id="ts", alias="Tikhanovskaya"),
        ),
        language="en",
    )
    one = found('actor:ts AND (sanctions OR "non-lethal aid") -football', article)
    assert one is not None
    assert [(hit.clause, hit.field.value, hit.words, hit.actor_id, hit.alias) for hit in one.hits] == [
        ("sanctions", "title", "Sanctions", None, None),
        ("actor:ts", "text", "Tikhanovskaya", "ts", "Tikhanovskaya"),
        ("sanctions", "text", "sanctions", None, None),
        ("sanctions", "text", "sanctions", None, None),
    ]
    assert one.match_id == identity.match_id("w", "page", "version")
    assert one.origin.made_by == ("poll/1", "clean/1", "tag/1", "match/1")
    assert (one.watch_name, one.watch_revision, one.subscriber, one.language) == ("Watch w", 1, "default", "en")


def test_a_branch_that_does_not_hold_and_a_negated_clause_give_no_hits() -> None:
    one = found("(minsk AND vilnius) OR riga OR (tallinn -oslo)", tagged("Minsk and Riga, Tallinn, Oslo."))
    assert one is not None
    assert [hit.words for hit in one.hits] == ["Riga"]


def test_hits_are_bounded() -> None:
    many = " OR ".join(f"w{n}" for n in range(30))
    one = found(many, tagged(" ".join(f"w{n}" for n in range(30)) * 40))
    assert one is not None
    assert len(one.hits) <= MAX_HITS
    assert max([hit.clause for hit in one.hits].count(f"w{n}") for n in range(30)) <= MAX_HITS_OF_CLAUSE


ACTOR_QUERIES = {
    "id": ("actor:ts", True),
    "name": ('actor:"Sviatlana Tsikhanouskaya"', True),
    "alias": ('actor:"Светлана Тихановская"', True),
    "exact alias": ("actor:ST", True),
    "name without case": ('actor:"sviatlana tsikhanouskaya"', True),
    "part of a name": ("actor:Tsikhanouskaya", False),
    "another": ("actor:other", False),
}


@pytest.mark.parametrize(("query", "expected"), ACTOR_QUERIES.values(), ids=ACTOR_QUERIES.keys())
def test_an_actor_is_found_by_id_name_or_alias_however_it_was_mentioned(query: str, expected: bool) -> None:
    text = "Sveta spoke."
    index = index_of(watch(query))
    index.put_actor(
        Actor(
            actor_id="ts",
            name="Sviatlana Tsikhanouskaya",
            kind=ActorKind.PERSON,
            aliases=("Светлана Тихановская", "=ST"),
        )
    )
    sveta = mention(text, "Sveta", name="Sviatlana Tsikhanouskaya", actor_id="ts")
    assert isinstance(match(tagged(text, mentions=(sveta,)), watches=index), Emit) is expected


def test_an_actor_forgotten_is_found_by_id_and_listed_name_only() -> None:
    text = "Sveta spoke."
    index = index_of(watch("actor:alias", "by-alias"), watch("actor:ts", "by-id"))
    index.put_actor(Actor(actor_id="ts", name="Name", kind=ActorKind.PERSON, aliases=("Alias",)))
    index.remove_actor("ts")
    index.remove_actor("unknown")
    outcome = match(tagged(text, mentions=(mention(text, "Sveta", name="Name", actor_id="ts"),)), watches=index)
    assert isinstance(outcome, Emit)
    assert [one.watch_id for one in outcome.records] == ["by-id"]


def test_an_unlisted_person_is_found_by_name() -> None:
    text = "Ann Example spoke."
    assert found(
        'actor:"ann example"', tagged(text, mentions=(mention(text, "Ann Example", name="Ann Example", actor_id=None),))
    )


def test_matches_come_in_the_order_of_watch_ids_and_none_is_a_drop() -> None:
    index = index_of(watch("minsk", "b"), watch("minsk", "c"), watch("riga", "x"), watch("lang:en", "a"))
    outcome = match(tagged("Minsk", language="en"), watches=index)
    assert isinstance(outcome, Emit)
    assert [one.watch_id for one in outcome.records] == ["a", "b", "c"]
    assert match(tagged("Oslo"), watches=index) == Drop(DropReason.NO_WATCH)


def test_a_new_revision_replaces_the_old_and_a_broken_one_takes_it_out_of_force() -> None:
    index = index_of(watch("minsk"), watch("riga", "other"))
    index.put(watch("oslo", revision=2))
    assert match(tagged("Minsk"), watches=index) == Drop(DropReason.NO_WATCH)
    assert isinstance(match(tagged("Oslo"), watches=index), Emit)
    with pytest.raises(QueryError):
        index.put(watch("oslo OR", revision=3))
    (fault,) = index.faults()
    assert match(tagged("Oslo"), watches=index) == Drop(DropReason.NO_WATCH, put_aside=(fault,))
    other = match(tagged("Riga"), watches=index)
    assert isinstance(other, Emit)
    assert other.put_aside == (fault,)
    assert len(index) == 1


def test_a_watch_that_is_not_enabled_or_removed_is_not_in_force() -> None:
    index = index_of(watch("minsk"))
    index.put(watch("minsk", revision=2, enabled=False))
    index.remove("w")
    index.remove("never")
    assert (len(index), match(tagged("Minsk"), watches=index)) == (0, Drop(DropReason.NO_WATCH))


def test_the_same_input_gives_the_same_match() -> None:
    article = tagged("Minsk, Riga.", "Minsk")
    assert found("minsk OR riga", article) == found("minsk OR riga", article)


def test_title_hits_come_first() -> None:
    one = found("minsk", tagged("Minsk", "In Minsk"))
    assert one is not None
    assert [hit.field for hit in one.hits] == [TextField.TITLE, TextField.TEXT]


@pytest.mark.parametrize(
    "query",
    [
        '"' + "minsk " * 100 + '"',
        "(minsk NEAR/100 minsk) NEAR/100 (minsk NEAR/100 minsk)",
        " ONEAR/100 ".join(["minsk"] * 10),
        "minsk ONEAR/100 riga OR min*s*k*x OR minska~1 OR /(m|i|n|s|k| )+z/",
    ],
)
@pytest.mark.timeout(60)
def test_the_worst_queries_end_on_the_worst_texts(query: str) -> None:
    found(query, tagged("minsk " * 10_000))
    found(query, tagged("minsk" + "abc" * 20_000))
