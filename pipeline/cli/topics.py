"""`tocsin topics`: create, check and document the topics."""

from pathlib import Path
from typing import Annotated

import typer

import topics as contract
from pipeline import log, settings
from pipeline.adapters import topics
from pipeline.cli import horizon
from pipeline.errors import UsageError
from pipeline.settings import Settings
from topics import registry, render

app = typer.Typer(help="Create, check and document the topics.", no_args_is_help=True)
app.command("horizon")(horizon.show)


@app.command()
def apply() -> None:
    """Create the topics that are missing; what exists is never altered, and exit code 2 says it does not fit."""
    loaded = _load()
    for name in topics.apply(loaded):
        typer.echo(f"made {name}")
    _report(loaded, "they are left as they are: alter or remove them yourself")


@app.command()
def check() -> None:
    """Compare the declared topics with what the broker has; exit code 2 when they differ."""
    _report(_load(), "`tocsin topics apply` creates missing ones")


@app.command()
def docs(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit code 2 when a file is stale.")] = False,
) -> None:
    """Render topics/README.md and deploy/topics.yaml from the declarations."""
    root = Path(contract.__file__).parents[1]
    if not (root / "pyproject.toml").exists():
        raise UsageError(f"{root} is no checkout of the project: there is nothing to render into")
    stale = [path for path, text in _rendered(root).items() if not path.exists() or path.read_text("utf-8") != text]
    if check and stale:
        names = ", ".join(str(path.relative_to(root)) for path in stale)
        raise UsageError(f"{names}: not what topics/registry.py says; run `make topics`")
    for path in stale:
        path.write_text(_rendered(root)[path], "utf-8")
        typer.echo(f"wrote {path.relative_to(root)}")


def _rendered(root: Path) -> dict[Path, str]:
    return {
        root / "topics" / "README.md": render.readme(registry.DECLARED),
        root / "deploy" / "topics.yaml": render.manifest(registry.ALL),
    }


def _load() -> Settings:
    loaded = settings.load()
    log.configure(level=loaded.log_level)
    return loaded


def _report(loaded: Settings, advice: str) -> None:
    differences = topics.check(loaded)
    for line in differences:
        typer.echo(line)
    if differences:
        raise UsageError(f"{len(differences)} differences from topics/registry.py at {loaded.bootstrap}; {advice}")
    typer.echo(f"{len(registry.ALL)} topics at {loaded.bootstrap} are as declared")
