"""`passports`: run the service, look after its database, tokens and keys, and verify credentials."""

import json
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import typer
import uvicorn
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.orm import Session

from app import database
from app.database import make_engine, read_transaction, transaction
from app.demo.run import DemoOrder, run_demo
from app.demo.teller import StoryEndedError
from app.domain.actors import Role, Scope
from app.encryption import new_encryption_key
from app.errors import MalformedBodyError, PassportsError, UnreadableCredentialError
from app.logs import configure_logs
from app.main import create_app, make_api, make_site, open_database, utc_now
from app.schemas.verification import VerificationRead
from app.services import definition_files, issuers, keys, tokens, verification
from app.services.pages import Window
from app.services.sites import Site
from app.settings import Settings, load_settings
from app.signing.verify import Gathered, Outcome, Report, Unavailable, needs, read, verify
from app.worker import Worker

UNREADABLE, NOT_VERIFIED = 2, 1

app = typer.Typer(
    name="passports",
    help="Leadership passports: evidence, completion and Open Badges 3.0 credentials.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
db = typer.Typer(help="Look after the database schema.", no_args_is_help=True)
token_app = typer.Typer(help="Create, list and revoke API tokens.", no_args_is_help=True)
key_app = typer.Typer(help="Look after signing and encryption keys.", no_args_is_help=True)
issuer_app = typer.Typer(help="Create and list issuers.", no_args_is_help=True)
app.add_typer(db, name="db")
app.add_typer(token_app, name="tokens")
app.add_typer(key_app, name="keys")
app.add_typer(issuer_app, name="issuers")

IssuerOption = Annotated[str, typer.Option("--issuer", help="The issuer's key.")]


def _fail(error: PassportsError) -> NoReturn:
    typer.echo(f"passports: {error.detail}", err=True)
    if error.hint:
        typer.echo(f"  {error.hint}", err=True)
    raise typer.Exit(1)


@contextmanager
def _expected() -> Iterator[None]:
    """Turn an expected failure into a message and exit code 1."""
    try:
        yield
    except PassportsError as error:
        _fail(error)


@contextmanager
def _service() -> Iterator[tuple[Session, Site]]:
    """Give a transaction on the configured database, and the deployment's facts."""
    with _expected():
        settings = load_settings()
        site = make_site(settings)
        with _database(settings) as engine, transaction(engine) as session:
            yield session, site


@contextmanager
def _database(settings: Settings) -> Iterator[Engine]:
    """Give the configured database, and close its connections afterwards."""
    engine = open_database(settings)
    try:
        yield engine
    finally:
        engine.dispose()


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
) -> None:
    """Serve the API and the public pages.

    Example: passports serve --host 0.0.0.0 --port 8000
    """
    with _expected():
        settings = load_settings()
        configure_logs(settings.log_level)
        application = create_app(settings)
    uvicorn.run(application, host=host, port=port, log_config=None, timeout_graceful_shutdown=20)


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the story; 0 if it verified.")] = False,
    port: Annotated[int | None, typer.Option(help="Default: the first free one from 8000 on.")] = None,
) -> None:
    """Tell the story of one passport over HTTP, then serve until interrupted.

    Example: passports demo --once
    """
    try:
        with _expected():
            verified = run_demo(DemoOrder(once=once, port=port), typer.echo)
    except StoryEndedError as error:
        typer.echo(f"passports: the story broke off. {error}", err=True)
        raise typer.Exit(1) from error
    raise typer.Exit(NOT_VERIFIED if once and not verified else 0)


@app.command()
def worker() -> None:
    """Do the jobs apart from the API; set PASSPORTS_EMBEDDED_WORKER=false for the API then.

    Example: passports worker
    """
    with _expected():
        settings = load_settings()
        configure_logs(settings.log_level)
        running = Worker(open_database(settings), make_site(settings), utc_now)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: running.stop())
    thread = threading.Thread(target=running.run)
    thread.start()
    thread.join()


@db.command("upgrade")
def upgrade_database() -> None:
    """Bring the schema of the configured database up to date.

    Example: PASSPORTS_DATABASE_URL=postgresql://app@db/passports passports db upgrade
    """
    with _expected():
        engine = make_engine(load_settings().database_url)
        database.upgrade(engine)
        typer.echo(f"The schema is at revision {database.current_revision(engine)}.")
        engine.dispose()


@db.command("status")
def show_database() -> None:
    """Show the schema's revision and the one this version needs.

    Example: passports db status
    """
    with _expected():
        engine = make_engine(load_settings().database_url)
        current = database.current_revision(engine) or "none"
        typer.echo(f"revision {current}, needed {database.head_revision()}")
        engine.dispose()


@issuer_app.command("create")
def create_issuer(
    key: Annotated[str, typer.Argument(help="Its name in URLs: a-z, 0-9 and hyphens.")],
    name: Annotated[str, typer.Option(help="The name that credentials show.")],
    url: Annotated[str, typer.Option(help="The issuer's own web site.")],
    email: Annotated[str | None, typer.Option(help="A public contact address.")] = None,
    description: Annotated[str | None, typer.Option(help="One sentence about it.")] = None,
) -> None:
    """Make an issuer with its signing key. Repeating it for the same key changes nothing.

    Example: passports issuers create community --name "Open Community" --url https://community.example.org
    """
    with _service() as (session, site):
        issuer = issuers.find_issuer(session, key)
        if issuer is None:
            profile = issuers.IssuerProfile(name=name, url=url, email=email, description=description)
            issuer = issuers.create_issuer(session, key, profile, site=site, now=utc_now())
        typer.echo(f"{issuer.key}  {issuer.did}")


@issuer_app.command("list")
def list_issuers() -> None:
    """List the issuers of this service.

    Example: passports issuers list
    """
    with _service() as (session, _site):
        for issuer in issuers.list_issuers(session):
            typer.echo(f"{issuer.key}  {issuer.did}  {issuer.name}")


@token_app.command("create")
def create_token(
    role: Annotated[Role, typer.Option(help="What the holder is.")],
    name: Annotated[str, typer.Option(help="What the token is for.")],
    issuer: IssuerOption,
    subject: Annotated[str | None, typer.Option(help="Who acts with it; default: the name.")] = None,
    scope: Annotated[
        list[Scope] | None, typer.Option(help="Repeat for several; default: the role's.")
    ] = None,
    learner: Annotated[str | None, typer.Option(help="The learner's id, for the role learner.")] = None,
    days: Annotated[int, typer.Option(help="How long it lives.")] = 90,
) -> None:
    """Create a token and print its secret, this once.

    Example: passports tokens create --issuer community --role administrator --name "Ana's laptop"
    """
    with _service() as (session, _site):
        actor = tokens.operator_actor(issuers.load_public_issuer(session, issuer))
        order = tokens.TokenOrder(
            name=name,
            role=role,
            subject=subject or name,
            scopes=tuple(scope) if scope else None,
            learner_id=learner,
            lifetime=timedelta(days=days),
        )
        _token, secret = tokens.create_token(session, actor, order, now=utc_now())
    typer.echo(secret)


@token_app.command("list")
def list_tokens(issuer: IssuerOption) -> None:
    """List an issuer's tokens, without their secrets.

    Example: passports tokens list --issuer community
    """
    with _service() as (session, _site):
        actor = tokens.operator_actor(issuers.load_public_issuer(session, issuer))
        for token in tokens.list_tokens(session, actor, Window(200)).rows:
            state = "revoked" if token.revoked_at else f"until {token.expires_at:%Y-%m-%d}"
            typer.echo(f"{token.id}  {token.hint}…  {token.role}  {state}  {token.name}")


@token_app.command("revoke")
def revoke_token(token_id: str, issuer: IssuerOption) -> None:
    """End a token at once.

    Example: passports tokens revoke 0190f3a2-7c1e-7d9b-8a52-3f0e6b7c1d2e --issuer community
    """
    with _service() as (session, _site):
        actor = tokens.operator_actor(issuers.load_public_issuer(session, issuer))
        tokens.revoke_token(session, actor, token_id, now=utc_now())
    typer.echo("revoked")


@key_app.command("list")
def list_keys(issuer: IssuerOption) -> None:
    """List an issuer's signing keys; the private halves never leave the database.

    Example: passports keys list --issuer community
    """
    with _service() as (session, _site):
        for key in session.scalars(keys.visible_keys(issuers.load_public_issuer(session, issuer).id)):
            typer.echo(f"{key.public_multikey}  {key.algorithm}  {key.status}  {key.created_at:%Y-%m-%d}")


@key_app.command("generate-encryption-key")
def generate_encryption_key() -> None:
    """Print a new random key for PASSPORTS_ENCRYPTION_KEY.

    Example: passports keys generate-encryption-key
    """
    typer.echo(new_encryption_key())


@app.command("openapi")
def print_openapi() -> None:
    """Print the description of the API.

    Example: passports openapi > openapi/openapi.json
    """
    typer.echo(json.dumps(make_api().openapi(), indent=2, ensure_ascii=False))


@app.command("verify")
def verify_files(
    files: Annotated[list[Path], typer.Argument(help="JSON, JWT, PNG or SVG.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print the reports as JSON.")] = False,
    recipient: Annotated[str | None, typer.Option(help="An e-mail to compare with the recipient.")] = None,
    status_list: Annotated[
        list[Path] | None, typer.Option(help="A saved status list; repeat for several.")
    ] = None,
) -> None:
    """Verify credentials. Nothing is fetched.

    Keys come from did:key, or from the database of this service, as do status lists; elsewhere save the
    list that the credential names and give it with --status-list.

    Exit code: 0 all verified, 1 not all verified, 2 something was unreadable.

    Example: passports verify credential.json badge.png
    """
    worst = 0
    with _verifier(status_list or []) as verify_one:
        for file in files:
            try:
                report = verify_one(file.read_bytes(), recipient)
            except (OSError, UnreadableCredentialError, MalformedBodyError) as error:
                reason = error.strerror if isinstance(error, OSError) else error
                typer.echo(f"{file}: UNREADABLE\n  {reason}", err=True)
                worst = UNREADABLE
                continue
            typer.echo(_as_json(file, report) if as_json else _as_text(file, report))
            worst = max(worst, 0 if report.verified else NOT_VERIFIED)
    raise typer.Exit(worst)


@app.command("lint")
def lint_files(
    files: Annotated[list[Path], typer.Argument(help="Passports as YAML or JSON.", show_default=False)],
    catalogue: Annotated[
        Path | None, typer.Option(help="A file with frameworks, rubrics and content to look things up in.")
    ] = None,
) -> None:
    """Look passports over. Nothing is fetched; without a catalogue, references are not looked up.

    Exit code: 0 nothing found, 1 something found, 2 something was unreadable.

    Example: passports lint examples/*/passport.yaml
    """
    with _expected():
        worst, lines = definition_files.lint_files(files, catalogue)
    for line in lines:
        typer.echo(line)
    raise typer.Exit(worst)


@contextmanager
def _verifier(saved: list[Path]) -> Iterator[Callable[[bytes, str | None], Report]]:
    """Give a function that verifies with what is at hand: saved lists, and the database if there is one."""
    with _expected():
        settings = load_settings()
        lists = {url: data for file in saved for url, data in [_saved_list(file)]}
        url = make_url(settings.database_url)
        if lists or (url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file()):
            yield partial(_verify_offline, lists, frozenset(settings.trusted_issuers))
            return
        site = make_site(settings)
        with _database(settings) as engine, read_transaction(engine) as session:
            yield lambda data, recipient: verification.verify_bytes(
                session, data, site=site, now=utc_now(), recipient=recipient
            )[1]


def _saved_list(file: Path) -> tuple[str, bytes]:
    """Return the id of a saved status list and its bytes; ends with exit code 2 if there is none in it."""
    try:
        data = file.read_bytes()
        return str(read(data).credential["id"]), data
    except (OSError, KeyError, UnreadableCredentialError, MalformedBodyError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no signed status list"
        typer.echo(f"{file}: UNREADABLE\n  {reason}", err=True)
        raise typer.Exit(UNREADABLE) from error


def _verify_offline(
    lists: dict[str, bytes], trusted: frozenset[str], data: bytes, recipient: str | None
) -> Report:
    presented = read(data)
    missing = Unavailable("No list was given, and nothing is fetched.")
    urls = needs(presented).status_list_urls
    gathered = Gathered(
        now=utc_now(),
        did_documents={},
        status_lists={url: lists.get(url, missing) for url in urls},
        trusted_issuers=trusted,
        recipient=recipient,
    )
    return verify(presented, gathered)


_SIGNS = {Outcome.PASS: "pass", Outcome.FAIL: "FAIL", Outcome.UNKNOWN: "????", Outcome.NOT_APPLICABLE: "n/a "}


def _as_text(file: Path, report: Report) -> str:
    verdict = report.verdict.replace("_", " ").upper()
    lines = [f"{file}: {verdict}"]
    for check in report.checks:
        lines.append(
            f"  {check.number}. {_SIGNS[check.outcome]}  {check.title}: {check.detail} ({check.code})"
        )
        if check.remedy and check.outcome is not Outcome.PASS:
            lines.append(f"           {check.remedy}")
    return "\n".join(lines)


def _as_json(file: Path, report: Report) -> str:
    answer = VerificationRead.model_validate(report).model_dump(mode="json")
    return json.dumps({"file": str(file), **answer}, ensure_ascii=False)
