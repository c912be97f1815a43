"""Passports as code: files here, compared with a service, applied to it, and fetched from it.

Exit codes, as those of `lint`: 0 nothing to do or done, 1 there is something to do, 2 it cannot be done.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from app import strict_yaml
from app.cli.folders import read_texts
from app.cli.remote import COULD_NOT, Remote, TokenOption, UrlOption, remote

CHANGES = 1
LONGEST_VALUE = 100

commands = typer.Typer(add_completion=False)

Folder = Annotated[
    Path, typer.Argument(help="A folder with YAML and JSON files, or one file.", show_default=False)
]
FolderOrPlan = Annotated[
    Path,
    typer.Argument(
        help="A folder with YAML and JSON files, one file, or what `passports plan --out` kept.",
        show_default=False,
    ),
]
Prune = Annotated[bool, typer.Option("--prune", help="Also delete drafts that the files do not name.")]

_SIGNS = {
    "create": ("+", "green"),
    "publish": ("^", "green"),
    "update": ("~", "yellow"),
    "deprecate": ("!", "yellow"),
    "retire": ("!", "yellow"),
    "prune": ("-", "red"),
}


@commands.command("plan")
def plan_files(
    folder: Folder,
    url: UrlOption,
    token: TokenOption,
    prune: Prune = False,
    out: Annotated[Path | None, typer.Option(help="Keep the plan in a file, for `passports apply`.")] = None,
) -> None:
    """Show what the files in a folder would change. Nothing is written.

    Exit code: 0 nothing to do, 1 there are changes, 2 the files have errors or the service refused.

    Example: passports plan definitions --url https://passports.example.org
    """
    with remote(url, token) as service:
        made = _plan(service, folder, prune=prune)
    if made["plan"] is None:
        raise typer.Exit(COULD_NOT)
    if out is not None:
        out.write_text(json.dumps({"plan": made["plan"]}))
    raise typer.Exit(CHANGES if set(made["summary"]) - {"unchanged"} else 0)


@commands.command("apply")
def apply_files(folder: FolderOrPlan, url: UrlOption, token: TokenOption, prune: Prune = False) -> None:
    """Bring a service to what the files in a folder say: all of it or nothing.

    Given the file of a plan (`passports plan --out`), whoever planned is the author, and you approve it.

    Exit code: 0 done, or nothing to do; 2 the files have errors or the service refused.

    Example: passports apply definitions --url https://passports.example.org
    """
    with remote(url, token) as service:
        kept = _kept_plan(folder)
        made = _plan(service, folder, prune=prune) if kept is None else _look_again(service, kept)
        if made["plan"] is None:
            raise typer.Exit(COULD_NOT)
        applied = service.call("POST", "/v1/apply", json={"plan": made["plan"]})
    typer.echo("Applied." if applied["changed"] else "Nothing was changed.")


@commands.command("export")
def export_files(
    folder: Annotated[Path, typer.Argument(help="Where to write; made when missing.", show_default=False)],
    url: UrlOption,
    token: TokenOption,
    kind: Annotated[list[str] | None, typer.Option(help="A plural, such as passports; repeat.")] = None,
    key: Annotated[list[str] | None, typer.Option(help="A key; repeat for several.")] = None,
) -> None:
    """Write what a service has as files, one for each kind; planning them shows no change.

    Exit code: 0 written, 2 the service refused.

    Example: passports export definitions --url https://passports.example.org
    """
    with remote(url, token) as service:
        bundle = service.call("GET", "/v1/export", params={"kinds": kind or [], "keys": key or []})
    folder.mkdir(parents=True, exist_ok=True)
    for plural, definitions in bundle.items():
        file = folder / f"{plural}.yaml"
        file.write_text(strict_yaml.dumps({plural: definitions}), encoding="utf-8")
        typer.echo(str(file))


# Planning -------------------------------------------------------------------------------------------


def _plan(service: Remote, folder: Path, *, prune: bool) -> Any:  # noqa: ANN401 (an answer)
    texts = read_texts([folder])
    for file, reason in texts.unreadable.items():
        typer.echo(f"{file}: unreadable: {reason}", err=True)
    files = {_name_in(folder, file): text for file, text in texts.read.items()}
    if texts.unreadable and not files:
        raise typer.Exit(COULD_NOT)
    _tell(f"Planning {len(files)} files at {service.client.base_url} …")
    made = service.call("POST", "/v1/plan", params={"prune": prune}, json={"files": files})
    _show(made)
    if texts.unreadable:
        typer.echo("Not every file could be read: nothing can be applied.", err=True)
        made["plan"] = None
    return made


def _name_in(folder: Path, file: Path) -> str:
    return file.name if file == folder else file.relative_to(folder).as_posix()


def _look_again(service: Remote, kept: str) -> Any:  # noqa: ANN401 (as above)
    made = service.call("POST", "/v1/plan", json={"plan": kept})
    typer.echo(f"Planned by {made['planned_by']}.")
    _show(made)
    return made


def _tell(words: str) -> None:
    """Say what takes a while, to people only."""
    if sys.stderr.isatty():
        typer.echo(words, err=True)


def _kept_plan(file: Path) -> str | None:
    """Return the plan in a file that `passports plan --out` wrote, None for anything else."""
    try:
        document: Any = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None
    except (OSError, ValueError):
        return None
    return str(document["plan"]) if isinstance(document, dict) and set(document) == {"plan"} else None


# Showing --------------------------------------------------------------------------------------------


def _show(made: Any) -> None:  # noqa: ANN401 (an answer)
    for line, colour in _lines(made):
        typer.secho(line, fg=colour)


def _lines(made: Any) -> Iterator[tuple[str, str | None]]:  # noqa: ANN401 (an answer)
    """Yield what to show of a plan, each line with its colour."""
    for change in made["changes"]:
        if change["op"] in _SIGNS:
            sign, colour = _SIGNS[change["op"]]
            named = (change["kind"], change["key"], change["version"], change["is_draft"] and "(draft)")
            yield f"{sign} {change['op']:<8} {' '.join(each for each in named if each)}", colour
            for each in change["diff"]:
                yield f"      {each['pointer']}: {_short(each['before'])} → {_short(each['after'])}", None
    yield from _impact_lines(made["impact"])
    yield from _closing_lines(made["closings"])
    for finding in made["findings"]:
        where = ":".join(str(each) for each in (finding["file"], finding["line"]) if each)
        colour = "red" if finding["severity"] == "error" else "yellow"
        words = f"{finding['severity']} {finding['code']}: {finding['detail']} {finding['hint']}"
        yield f"{where}: {words}" if where else words, colour
    yield _summary(made), None


def _impact_lines(impact: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    for name, each in impact.items():
        looked = f" (of the first {each['evaluated']})" if each["evaluated"] < each["enrolled"] else ""
        said = f"{each['would_complete']} would be complete, {each['would_regress']} would have more to do"
        yield f"  {name}: {each['enrolled']} enrolled, {said}{looked}", None
        if each["lost_nodes"]:
            orphans = f"; {len(each['exceptions_orphaned'])} exceptions would apply to nothing"
            yield f"  {name}: gone and not moved: {', '.join(each['lost_nodes'])}{orphans}", "yellow"


def _closing_lines(closings: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    for name, each in closings.items():
        onward = (
            f"may go over to {each['successor']}"
            if each["successor"]
            else "have no open version to go over to"
        )
        stay = f"may finish until {each['retires_at']}, and {onward}" if each["retires_at"] else "may finish"
        yield f"  {name}: {each['enrolled']} enrolled, {stay}; nobody new enrols", None


def _summary(made: Any) -> str:  # noqa: ANN401 (an answer)
    counted = Counter(made["summary"])
    unchanged = counted.pop("unchanged", 0)
    errors = sum(finding["severity"] == "error" for finding in made["findings"])
    if errors:
        return f"{errors} {'error' if errors == 1 else 'errors'}: nothing can be applied."
    todo = ", ".join(f"{number} to {op}" for op, number in counted.items())
    return f"{todo or 'Nothing to do'}; {unchanged} unchanged."


def _short(value: object) -> str:
    if value is None:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
