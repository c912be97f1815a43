"""`passports`: run the service, look after it, script it from files, and verify credentials.

A command's module is imported when the command is asked for: the light ones, which talk to a service or
read a file, start without the web framework and the database, which take seconds to import.
"""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

COMMANDS = {
    "serve": ("processes", "Serve the API and the public pages."),
    "demo": ("demo", "Tell the story of one passport over HTTP, then serve until interrupted."),
    "worker": ("processes", "Do the jobs apart from the API."),
    "openapi": ("openapi", "Print the description of the API."),
    "verify": ("verification", "Verify credentials."),
    "plan": ("plans", "Show what the files in a folder would change."),
    "apply": ("plans", "Bring a service to what the files in a folder say: all of it or nothing."),
    "export": (
        "plans",
        "Write what a service has as files, one for each kind; planning them shows no change.",
    ),
    "lint": (
        "definition_files",
        "Look files over, without a service: passports, and all else that `plan` reads.",
    ),
    "jose": ("jose", "Secure files with a key at hand, as W3C's suite for VC-JOSE-COSE asks."),
    "db": ("database", "Look after the database schema."),
    "tokens": ("tokens", "Create, list and revoke API tokens."),
    "keys": ("keys", "Look after signing and encryption keys."),
    "issuers": ("issuers", "Create and list issuers."),
    "instances": ("issuer_instances", "Make and list issuer instances of the VC API."),
}
"""Each command and group: the module here whose `commands` has it, and what the list of commands says."""


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Import without looking for garbage: there is next to none, and looking takes a fifth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class _Imported(Mapping[str, Any]):
    """The commands by name, each imported when it is looked up."""

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 (typer keeps the type of its commands private)
        module, _words = COMMANDS[name]
        with _nothing_collected():
            found = get_command(import_module(f"app.cli.{module}").commands)
        return found.commands.get(name, found) if isinstance(found, TyperGroup) else found

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class _Program(TyperGroup):
    """All commands; listing them imports none."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 (whatever typer hands to its group)
        super().__init__(**attributes)
        self.commands = _Imported()  # type: ignore[assignment]  # nothing is ever added to them

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401, ARG002 (typer's own types)
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_module, words) in COMMANDS.items()])


app = typer.Typer(
    name="passports",
    cls=_Program,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def passports() -> None:
    """Leadership passports: evidence, completion and Open Badges 3.0 credentials."""
