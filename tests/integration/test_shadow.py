"""A shadow upgrade on a real broker finds exactly what was changed, and nothing where nothing was."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.adapters import clock
from pipeline.adapters.database import actors, open_database, watches
from pipeline.adapters.kafka import Producer
from pipeline.adapters.ranges import bounds_of
from pipeline.cli.shadow import passed_limits, read_limits
from pipeline.replay.differences import Differences
from pipeline.replay.shadow import Stages, Wanted, compare
from pipeline.settings import Settings
from pipeline.stages import provenance
from pipeline.stages.match.engine import confirming
from tests.failing import REASON, failing
from tests.integration import altered
from tests.integration.conftest import environment_of
from tests.integration.pipeline import tocsin, tocsin_running
from tests.integration.running import REPOSITORY, Reader
from tests.samples import raw_page
from topics import registry
from topics.records import Watch

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]

COUNT = 40
KINDS = ("same", "cut", "drop", "raise", "short")
PATHS = [f"/{KINDS[number % 5]}/{number}" for number in range(COUNT)]
EACH = COUNT // len(KINDS)
WATCHES = """
actors:
  - {name: Orla Vestergaard, kind: person}
watches:
  - {name: Dyke, query: dyke}
  - {name: Vestergaard, query: 'actor:orla-vestergaard'}
"""


def body(path: str) -> bytes:
    """A page whose last paragraph alone names the watched actor; a short one is none."""
    paragraphs = [
        f"The council of {path} met on Monday to speak about the dyke, which has stood for a hundred years and more.",
        "Members agreed that the repair could not wait for another winter and asked for offers from three builders.",
        "A decision is expected before the end of the month, and the work is to begin as soon as the ground is dry.",
        "The last word had Orla Vestergaard, who has led the board for six years and knows every stone of it by name.",
    ]
    if "/short/" in path:
        paragraphs = ["Too little."]
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    page = (
        f"<html lang=en><head><title>The dyke of {path}</title></head><body><article><h1>The dyke of {path}</h1>{text}"
    )
    return f"{page}</article></body></html>".encode()


@pytest.fixture
def lived(settings: Settings, tmp_path: Path) -> Settings:
    """Settings of a Tocsin in which these pages have been through the live stages."""
    (tmp_path / "watches.yaml").write_text(WATCHES)
    tocsin(settings, "watch", "import", str(tmp_path / "watches.yaml"))
    producer = Producer(settings)
    for path in PATHS:
        steps = [(provenance.STEPS_HEADER, provenance.encode_steps({"poll": clock.now()}))]
        page = raw_page(f"https://news.example{path}", body=body(path))
        producer.send(registry.RAW_PAGES, page, headers=steps).result(30)
    producer.close(10)
    reader = Reader(settings, registry.MATCHES, registry.OUTCOMES)
    with tocsin_running(settings, "work"):
        reader.read_until(
            lambda found: (
                len(
                    {one.record.origin.page_id if one.spec == registry.MATCHES else one.record.page_id for one in found}
                )
                == COUNT
            ),
            timeout_s=120,
            what="an end for every page",
        )
        # The last page's second match may be on its way.
        reader.read(timeout_s=2.0)
    reader.close()
    return settings


def differences(settings: Settings, stages: Stages | None = None, *, sample: int = 0) -> Differences:
    database = open_database(settings)
    with database.read() as connection:
        in_force = [stored.watch for stored in watches.list_all(connection)]
        listed = actors.list_all(connection)
    database.close()
    wanted = Wanted(actors=listed, watches=in_force, sample=sample, stages=stages or Stages())
    return compare(settings, wanted)


def ends(settings: Settings) -> dict[str, int]:
    """Where every topic ends."""
    return {spec.name: sum(each.end for each in bounds_of(settings, spec).values()) for spec in registry.ALL}


def test_it_finds_exactly_what_was_planted_gates_by_its_exit_code_and_writes_nothing(lived: Settings) -> None:
    before = ends(lived)
    check_what_is_found(lived)
    check_the_command(lived)
    assert ends(lived) == before
    check_what_the_command_says_of_a_failing_watch(lived)


def check_what_is_found(lived: Settings) -> None:
    same = differences(lived)
    assert (same.compared, same.without_account) == (COUNT, 0)
    assert (same.ends, same.text_changed, same.fields_changed, same.actors_changed) == ({}, 0, {}, 0)
    assert (same.matches_lost, same.matches_found, same.samples) == ({}, {}, [])
    assert same.seconds_now.keys() == {"clean", "tag", "match"} == same.seconds_before.keys()

    found = differences(lived, Stages(clean=altered.clean))
    assert found.compared == COUNT
    assert found.ends == {("emitted", "dropped too-short"): EACH, ("emitted", "rejected unexpected"): EACH}
    assert (found.text_changed, found.newly_rejected) == (EACH, EACH)
    assert (found.actors_lost, found.actors_found) == ({"orla-vestergaard": EACH}, {})
    assert found.matches_lost == {"vestergaard": 3 * EACH, "dyke": 2 * EACH}
    assert found.matches_before == 2 * 4 * EACH
    diffs = [sample for sample in found.samples if sample.what == "text"]
    assert len(diffs) == EACH
    assert all("/cut/" in one.url and "\n-The last word had Orla Vestergaard" in one.diff for one in diffs)

    assert passed_limits(found, read_limits(["text>50%", "rejected>20%", "title>0%"])) == []
    assert len(passed_limits(found, read_limits(["text>49%", "rejected>19%", "matches>99%"]))) == 2

    check_a_failing_watch(lived)
    some = differences(lived, sample=10)
    assert 0 < some.compared < COUNT
    assert some.compared == differences(lived, sample=10).compared


def check_a_failing_watch(lived: Settings) -> None:
    """Its matches are lost, and why is said beside them."""
    dyke = Watch(watch_id="dyke", name="Dyke", query="/dyke/", revision=1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(confirming, "holds", failing)
        found = compare(lived, Wanted(actors=(), watches=[dyke]))
    assert (found.matches_lost, found.put_aside) == ({"dyke": 4 * EACH}, {"dyke": REASON})


def check_the_command(lived: Settings) -> None:
    kept = shadow(lived, "--fail-if", "text>0%", "--fail-if", "matches>0%", "--json")
    assert kept.returncode == 0, kept.stderr
    line = json.loads(kept.stdout)
    assert (line["compared"], line["shares"]["text"], line["over"]) == (COUNT, 0.0, [])
    over = shadow(lived, "--fail-if", "clean-seconds>0", "--sample", "20")
    assert over.returncode == 1
    assert "over the limit: clean-seconds is" in over.stderr
    assert "pages compared" in over.stdout
    nothing = shadow(lived, "--fail-if", "text>1%", "--to", "2001-01-01")
    assert nothing.returncode == 1
    assert "nothing was compared" in nothing.stderr
    for arguments in (("--fail-if", "txt>1%"), ("--fail-if", "text>1s"), ("--fail-if", "text")):
        refused = shadow(lived, *arguments)
        assert refused.returncode == 2
        assert "--fail-if" in refused.stderr
        assert len(refused.stderr.splitlines()) == 1


def check_what_the_command_says_of_a_failing_watch(lived: Settings) -> None:
    tocsin(lived, "watch", "add", "Bad", "/dyke/")
    shown = shadow(lived, "--sample", "20", program="tests.failing")
    assert f"put aside here, so that its matches are missing: bad: {REASON}" in shown.stdout
    shown = shadow(lived, "--sample", "20", "--json", program="tests.failing")
    assert json.loads(shown.stdout)["matches"]["put_aside"] == {"bad": REASON}


def shadow(settings: Settings, *arguments: str, program: str = "pipeline") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", program, "replay", "raw-pages", "--mode", "shadow", "--against", "live"]
    return subprocess.run(
        [*command, *arguments],
        env=environment_of(settings),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
