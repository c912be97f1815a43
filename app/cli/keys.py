"""Signing keys, and the key that encrypts them."""

from datetime import datetime, timedelta
from functools import partial
from typing import Annotated

import typer
from sqlalchemy.engine import Engine

from app.cli.issuers import IssuerOption, named_issuer
from app.cli.service import configured_engine, configured_service
from app.database import read_transaction, transaction
from app.domain.actors import Actor
from app.domain.instants import format_instant
from app.domain.keys import PUBLICATION_WAIT
from app.encryption import new_encryption_key
from app.main import utc_now
from app.models import SigningKey
from app.services import keys, tokens
from app.signing.keys import Algorithm

_SECOND = timedelta(seconds=1)

commands = typer.Typer(
    help="Look after signing and encryption keys.", no_args_is_help=True, add_completion=False
)


@commands.command("list")
def list_keys(issuer: IssuerOption) -> None:
    """List an issuer's signing keys; the private halves are never shown.

    Example: passports keys list --issuer community
    """
    with configured_service() as (session, _site):
        for key in session.scalars(keys.visible_keys(named_issuer(session, issuer).id)):
            typer.echo(_line(key))


@commands.command("rotate")
def rotate_key(
    issuer: IssuerOption,
    algorithm: Annotated[Algorithm, typer.Option(help="Of the key that is to sign.")] = "EdDSA",
    justification: Annotated[
        str | None, typer.Option(help="Why a published key cannot wait until verifiers know it.")
    ] = None,
) -> None:
    """Put a new signing key in the place of the present one of its algorithm, in two steps.

    The first call makes a key and publishes it.
    The same call, ten minutes later or more, lets it sign.
    What the old key signed stays valid. RS256 signs JWTs only.

    Example: passports keys rotate --issuer community
    Example: passports keys rotate --issuer community --algorithm ES256
    """
    with configured_engine() as (engine, site):
        begin, actor = partial(transaction, engine), _operator(engine, issuer)
        key = keys.rotate_key(begin, actor, algorithm, justification=justification, site=site, now=utc_now())
    typer.echo(_line(key))
    if key.published_at is not None and key.activated_at is None:
        ready_at = format_instant((key.published_at + PUBLICATION_WAIT).replace(microsecond=0) + _SECOND)
        typer.echo(
            "The key is published and signs nothing yet, because verifiers may not know it. To let it sign,"
            f" run the same command again at {ready_at} or later.",
            err=True,
        )


@commands.command("compromise")
def compromise_key(
    key_id: Annotated[str, typer.Argument(help="As `passports keys list` shows it.")],
    issuer: IssuerOption,
    at: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%dT%H:%M:%S%z"], help="Since when; default: now.")
    ] = None,
) -> None:
    """Withdraw a key that somebody else may have: it never signs again, and nothing it signed verifies.

    Example: passports keys compromise 0190f3a2-7c1e-7d9b-8a52-3f0e6b7c1d2e --issuer community
    """
    with configured_service() as (session, _site):
        actor = tokens.operator_actor(named_issuer(session, issuer))
        typer.echo(_line(keys.compromise_key(session, actor, key_id, at=at, now=utc_now())))


@commands.command("generate-encryption-key")
def generate_encryption_key() -> None:
    """Print a new random key for PASSPORTS_ENCRYPTION_KEY.

    Example: passports keys generate-encryption-key
    """
    typer.echo(new_encryption_key())


def _operator(engine: Engine, issuer: str) -> Actor:
    with read_transaction(engine) as session:
        return tokens.operator_actor(named_issuer(session, issuer))


def _line(key: SigningKey) -> str:
    shown = f"{key.id}  {key.algorithm:5}  {key.status:11}  {key.created_at:%Y-%m-%d}"
    return f"{shown}  {key.backend}  {key.kid}"
