"""Watch files are read whole or refused with file, line and mend."""

import re
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import UsageError
from pipeline.stages.watchfile import Channel, ChannelKind, WatchEntry, WatchFile, read, slug, write
from topics.records import Actor, ActorKind

_SECRET = "whsec_" + b64encode(b"0" * 24).decode()

_FILE = f"""\
channels:
  - name: desk-hook
    kind: webhook
    url: http://127.0.0.1:8360/hook
    secret: {_SECRET}
  - {{name: log, kind: file, path: alerts.jsonl}}
  - {{name: "no", kind: stdout}}
actors:
  - name: Sviatlana Tsikhanouskaya
    kind: person
    aliases: [Svetlana Tikhanovskaya, Светлана Тихановская, =WHO]
watches:
  - name: Sanctions on Belarus
    query: 'actor:sviatlana-tsikhanouskaya AND (sanctions OR "non-lethal aid")'
    subscriber: desk
    channels: [desk-hook, no]
  - id: "007"
    name: Минск
    query: минск
    backfill_days: 30
"""


def test_a_file_is_read_as_written() -> None:
    assert read(_FILE, source="w.yaml") == WatchFile(
        channels=(
            Channel(name="desk-hook", kind=ChannelKind.WEBHOOK, url="http://127.0.0.1:8360/hook", secret=_SECRET),
            Channel(name="log", kind=ChannelKind.FILE, path="alerts.jsonl"),
            Channel(name="no", kind=ChannelKind.STDOUT),
        ),
        actors=(
            Actor(
                actor_id="sviatlana-tsikhanouskaya",
                name="Sviatlana Tsikhanouskaya",
                kind=ActorKind.PERSON,
                aliases=("Svetlana Tikhanovskaya", "Светлана Тихановская", "=WHO"),
            ),
        ),
        watches=(
            WatchEntry(
                watch_id="sanctions-on-belarus",
                name="Sanctions on Belarus",
                query='actor:sviatlana-tsikhanouskaya AND (sanctions OR "non-lethal aid")',
                subscriber="desk",
                channels=("desk-hook", "no"),
            ),
            WatchEntry(watch_id="007", name="Минск", query="минск", backfill_days=30),
        ),
    )


@pytest.mark.parametrize("text", ["", "# nothing\n", "watches:\n", "watches: []\nactors:\n"])
def test_an_empty_file_or_list_holds_nothing(text: str) -> None:
    assert read(text, source="w.yaml") == WatchFile()


REFUSALS = {
    "not YAML": ("watches: [", 1, "not YAML"),
    "not YAML further down": ("watches:\n  - name: a\n   query: b\n", 3, "not YAML"),
    "a control character": ("watches: \x07", 1, "not YAML"),
    "two documents": ("watches: []\n---\nwatches: []\n", 2, "not YAML"),
    "a list at the top": ("- name: a\n", 1, "keys and values are expected"),
    "a text at the top": ("minsk\n", 1, "keys and values are expected"),
    "unknown list": ("watch:\n  - name: a\n", 1, "no 'watch' (do you mean watches?)"),
    "a list twice": ("watches: []\nactors: []\nwatches: []\n", 3, "'watches' twice"),
    "a list that is none": ("watches:\n  name: a\n", 2, "a list is expected"),
    "an item that is none": ("watches:\n  - minsk\n", 2, "keys and values are expected"),
    "unknown key": ("watches:\n  - name: a\n    querry: b\n", 3, "no 'querry' (do you mean query?)"),
    "a key that is a list": ("watches:\n  - ? [a]\n    : b\n", 2, "has no"),
    "name missing": ("watches:\n  - query: b\n", 2, "name is missing"),
    "query missing": ("watches:\n  - name: b\n", 2, "query is missing"),
    "query empty": ("watches:\n  - name: b\n    query:\n", 3, "query is empty"),
    "query a list": ("watches:\n  - name: b\n    query: [a]\n", 3, "a text is expected"),
    "query broken": ("watches:\n  - name: b\n    query: (a OR\n", 3, "at character 6: the query ends too early"),
    "query broken in a block": ("watches:\n  - name: b\n    query: |\n      a AND\n      tittle:b\n", 5, "▸tittle:b"),
    "watch twice": (
        "watches:\n  - {name: a, query: a}\n  - {name: A, query: b}\n",
        3,
        "watch a is already on line 2",
    ),
    "unknown channel": (
        "channels:\n  - {name: log, kind: stdout}\nwatches:\n  - name: a\n    query: a\n    channels: [logg]\n",
        6,
        "no channel logg (do you mean log?)",
    ),
    "no id to be made": ("watches:\n  - {name: '!!!', query: a}\n", 2, "give one"),
    "bad id": ("watches:\n  - {id: a b, name: a, query: a}\n", 2, "id 'a b'"),
    "actor kind": ("actors:\n  - name: a\n    kind: persn\n", 3, "(do you mean person?)"),
    "actor kind missing": ("actors:\n  - name: a\n", 2, "kind is missing"),
    "actor twice": ("actors:\n  - {name: a, kind: person}\n  - {name: a, kind: person}\n", 3, "already on line 2"),
    "alias of nothing": ("actors:\n  - name: a\n    kind: person\n    aliases:\n      - '='\n", 5, "no letter"),
    "aliases no list": ("actors:\n  - name: a\n    kind: person\n    aliases: b\n", 4, "a list is expected"),
    "channel kind": ("channels:\n  - {name: a, kind: web}\n", 2, "none of webhook, file, stdout"),
    "channel twice": ("channels:\n  - {name: a, kind: stdout}\n  - {name: a, kind: stdout}\n", 3, "on line 2"),
    "webhook without address": ("channels:\n  - {name: a, kind: webhook}\n", 2, "url is missing"),
    "webhook address": ("channels:\n  - name: a\n    kind: webhook\n    url: ftp://a\n", 4, "no http or https"),
    "webhook secret": (
        "channels:\n  - name: a\n    kind: webhook\n    url: http://a\n    secret: s3cret\n",
        5,
        "24 to 64 bytes",
    ),
    "file without path": ("channels:\n  - {name: a, kind: file}\n", 2, "path is missing"),
    "no number of days": (
        "watches:\n- name: a\n  query: b\n  backfill_days: a month",
        4,
        "backfill_days 'a month': a number of days from 0 to 3650",
    ),
    "key of another kind": ("channels:\n  - name: a\n    kind: stdout\n    path: b\n", 4, "stdout channel has no path"),
}


@pytest.mark.parametrize(("text", "line", "message"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refusal_names_file_line_and_mend(text: str, line: int, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(text, source="my/w.yaml")
    assert str(caught.value).startswith(f"my/w.yaml:{line}: ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_recursive_or_deep_file_is_refused() -> None:
    for text in ("watches: &a [*a]\n", "watches: " + "[" * 5000):
        with pytest.raises(UsageError, match=r"w\.yaml:1: "):
            read(text, source="w.yaml")


SLUGS = {
    "spaces and case": ("Sanctions on Belarus", "sanctions-on-belarus"),
    "accents and signs": ("Orbán & Co.", "orban-co"),
    "Cyrillic": ("Минск", "minsk"),
    "nothing": ("—", ""),
}


@pytest.mark.parametrize(("name", "expected"), SLUGS.values(), ids=SLUGS.keys())
def test_a_slug_is_plain(name: str, expected: str) -> None:
    assert slug(name) == expected


_names = (
    st.text("abcйї 'né:#-=\"\n漢🙂", min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda name: any(map(str.isalnum, name)))
)


@given(
    names=st.lists(_names, max_size=4),
    aliases=st.lists(_names, max_size=3),
    queries=st.lists(st.sampled_from(['a "b: c" OR =US', "title:(a\nOR b)", "минск"])),
)
def test_what_is_written_reads_back_the_same(names: list[str], aliases: list[str], queries: list[str]) -> None:
    channels = tuple(Channel(name=name, kind=ChannelKind.STDOUT) for name in dict.fromkeys(names))
    file = WatchFile(
        channels=channels,
        actors=tuple(
            Actor(actor_id=f"a{n}", name=name, kind=ActorKind.ORGANISATION, aliases=tuple(aliases))
            for n, name in enumerate(names)
        ),
        watches=tuple(
            WatchEntry(watch_id=f"w{n}", name="no", query=query, channels=tuple(one.name for one in channels))
            for n, query in enumerate(queries)
        ),
    )
    assert read(write(file), source="w.yaml") == file


def test_the_example_is_written_and_read_back() -> None:
    file = read(_FILE, source="w.yaml")
    assert read(write(file), source="w.yaml") == file
    assert "Светлана" in write(file)


def test_a_query_in_another_syntax_is_carried_over_when_it_is_read() -> None:
    text = "watches: [{name: a, syntax: lucene, query: 'minsk kyiv'}, {name: b, syntax: factiva, query: a near5 b}]"
    assert [one.query for one in read(text, source="f.yaml").watches] == ["minsk OR kyiv", "a NEAR/4 b"]


def test_a_query_that_cannot_be_carried_over_is_named_by_file_line_watch_and_character() -> None:
    text = "watches:\n  - name: Sales\n    syntax: factiva\n    query: minsk same talks\n"
    with pytest.raises(
        UsageError, match=re.escape("f.yaml:4: query of watch Sales at character 7: same has no")
    ) as caught:
        read(text, source="f.yaml")
    assert "(minsk ▸same talks)" in str(caught.value)


def test_an_unknown_syntax_is_refused() -> None:
    with pytest.raises(UsageError, match="syntax 'lucine' is none of tocsin, lucene"):
        read("watches: [{name: a, syntax: lucine, query: a}]", source="f.yaml")
