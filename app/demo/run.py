"""Runs the demo from the first line to the last: serve, tell, show around, stop."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from app.demo import service, story
from app.demo.teller import Say, Teller
from app.logs import configure_logs
from app.main import utc_now
from app.settings import Settings

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "community-leadership"
FOLDER = Path("var")


@dataclass(frozen=True, slots=True)
class DemoOrder:
    """What the command line asks for. `port` None means the first free one."""

    once: bool = False
    port: int | None = None
    examples: Path = EXAMPLES
    folder: Path = FOLDER


def run_demo(order: DemoOrder, say: Say) -> bool:
    """Tell the story, then serve until interrupted unless `once`; return whether the credential verified.

    Raises `ConfigurationError` (no examples, no port) and `StoryEndedError` (a call was not answered as
    it should be).
    """
    definitions = story.read_definitions(order.examples)
    listening = service.listen(order.port)
    port: int = listening.getsockname()[1]
    settings = service.make_settings(order.folder, port)
    configure_logs(settings.log_level)
    verified = False
    with suppress(KeyboardInterrupt), _terminated_like_interrupted(), service.serving(settings, listening):
        verified = _tell(order, port, settings, definitions, say)
        if not order.once:
            say("\nServing until you press Ctrl-C.")
            while True:
                time.sleep(1)
    if not order.once:
        say("\nStopped. Run it again: the definitions stay, and a new learner comes.")
    return verified


def _tell(order: DemoOrder, port: int, settings: Settings, definitions: dict[str, bytes], say: Say) -> bool:
    """Make the issuer, tell the story and show around; say whether the credential verified."""
    say(f"Leadership Passports at {settings.public_url}, with {settings.database_url}")
    operator = service.make_operator(settings)
    with httpx.Client(base_url=settings.public_url, timeout=30, trust_env=False) as client:
        teller = Teller(client, say)
        _introduce(teller, operator)
        downloads = order.folder / service.name_run(port)
        ending = story.tell(teller, operator.token, definitions, downloads, utc_now())
        _write_environment(teller, ending, settings, downloads)
        if not order.once:
            _show_around(teller, ending, settings.public_url)
    return ending.verified


def _introduce(teller: Teller, operator: service.Operator) -> None:
    teller.chapter("Made here in process, as the command line does; everything below goes over HTTP")
    made = "made" if operator.is_new else "found from an earlier run"
    teller.say(f"passports issuers create {service.ISSUER_KEY}: {made}, {operator.did}", "✓")
    teller.say(f"passports tokens create --role administrator, for {service.ADMINISTRATOR}", "✓")


def _show_around(teller: Teller, ending: story.Ending, origin: str) -> None:
    teller.chapter("Open in a browser")
    for words, url in story.places(ending, origin):
        teller.say(f"{words:<34} {url}")


def _write_environment(teller: Teller, ending: story.Ending, settings: Settings, folder: Path) -> None:
    """Write the tokens and addresses of this run to a file that only its owner can read."""
    path = folder / "env"
    values = {
        "PASSPORTS_URL": settings.public_url,
        "PASSPORTS_PUBLIC_URL": settings.public_url,
        "PASSPORTS_DATABASE_URL": settings.database_url,
        "PASSPORTS_ENCRYPTION_KEY_FILE": str(settings.encryption_key_file),
        "ADMIN_TOKEN": ending.cast.administrator,
        "AUTHOR_TOKEN": ending.cast.author,
        "LMS_TOKEN": ending.cast.lms,
        "REVIEWER_TOKEN": ending.cast.reviewer,
        "LEARNER_TOKEN": ending.beginner.token,
        "LEARNER": ending.beginner.id,
        "ENROLMENT": ending.beginner.enrolment,
        "CREDENTIAL_URL": ending.credential_url,
    }
    lines = [f"export {name}='{value}'\n" for name, value in values.items()]
    with suppress(FileNotFoundError):
        path.unlink()
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(lines)
    teller.chapter("Try in a second terminal")
    teller.say(f". {path}    # this run's addresses and tokens, for the calls of README.md")
    teller.say(f".venv/bin/passports verify {folder}/credential.png {folder}/credential.jwt")


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Let a request to end (SIGTERM) close the service as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may say what signals do
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
