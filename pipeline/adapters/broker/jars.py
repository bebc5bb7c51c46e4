"""Java, Maven and Kafka's jars: found, or said in one line what to install."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.adapters.broker.lock import locked
from pipeline.errors import UnavailableError

Say = Callable[[str], None]

DEFINITION = Path(__file__).parents[3] / "deploy" / "kafka"
"""The folder of the pom and the logging configuration, beside the package in the repository."""

_LEAST_JAVA = 17
_INSTALL = (
    "install them (Debian: `apt-get install default-jre-headless maven`; macOS: `brew install openjdk@17 maven`) "
    "or name a broker of your own in TOCSIN_KAFKA__BOOTSTRAP"
)
_PROGRESS_EVERY = 20


def find_java() -> str:
    """The `java` to run, 17 or newer: JAVA_HOME's, else the one on PATH. UnavailableError says what to install."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin") if home else None
    java = java or shutil.which("java")
    if java is None:
        raise UnavailableError(f"Kafka needs Java {_LEAST_JAVA} and Maven, and there is no `java` here: {_INSTALL}")
    version = _java_version(java)
    if version < _LEAST_JAVA:
        raise UnavailableError(f"Kafka needs Java {_LEAST_JAVA} or newer, and {java} is Java {version}: {_INSTALL}")
    return java


def resolve(folder: Path, *, say: Say) -> Path:
    """The folder under `folder` that holds the jars of the present pom, fetched by Maven when it is not there."""
    pom = DEFINITION / "pom.xml"
    try:
        checksum = blake2b(pom.read_bytes(), digest_size=8).hexdigest()
    except OSError as error:
        raise UnavailableError(
            f"{pom} is missing: the embedded Kafka is started from a checkout of the project; "
            "elsewhere name your broker in TOCSIN_KAFKA__BOOTSTRAP"
        ) from error
    jars = folder / checksum
    if not jars.exists():
        _fetch(pom, jars, say)
    return jars


def _fetch(pom: Path, jars: Path, say: Say) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise UnavailableError(f"Kafka's jars are fetched by Maven, and there is no `mvn` here: {_INSTALL}")
    with locked(jars.parent):
        if jars.exists():
            return
        say("fetching Kafka's jars (54 MB), once")
        with TemporaryDirectory(dir=jars.parent, prefix="fetching-") as temporary:
            copied = Path(temporary) / "jars"
            _run_maven([maven, *_arguments(pom, copied)], say)
            copied.rename(jars)
    say(f"Kafka's {len(list(jars.glob('*.jar')))} jars are in {jars}")


def _arguments(pom: Path, target: Path) -> list[str]:
    goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={target}"]
    return ["-B", "--strict-checksums", "-Dstyle.color=never", "-f", str(pom), *goal]


def _run_maven(command: list[str], say: Say) -> None:
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as maven:
        assert maven.stdout is not None  # asked for above
        complaint = _follow(maven.stdout, say)
    if maven.returncode != 0:
        raise UnavailableError(f"Maven could not fetch Kafka's jars: {complaint or f'exit code {maven.returncode}'}")


def _follow(lines: Iterable[str], say: Say) -> str:
    """Report downloads as they come; gives Maven's first complaint, or nothing."""
    complaint, downloaded = "", 0
    for line in lines:
        if "Downloaded from" in line and ".jar" in line:
            downloaded += 1
            if downloaded % _PROGRESS_EVERY == 0:
                say(f"{downloaded} jars downloaded")
        if line.startswith("[ERROR]") and not complaint:
            complaint = line.removeprefix("[ERROR]").strip()
    return complaint


def _java_version(java: str) -> int:
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    # `openjdk version "17.0.15"`; before Java 9 it was `java version "1.8.0"`.
    found = re.search(r'version "(\d+)(?:\.(\d+))?', answer.stderr)
    if found is None:
        raise UnavailableError(f"{java} does not run: {' '.join(answer.stderr.split())[:200] or _INSTALL}")
    major, minor = int(found[1]), int(found[2] or 0)
    return minor if major == 1 else major
