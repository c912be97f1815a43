"""Signing keys, and the key that encrypts them."""

import typer

from app.cli.issuers import IssuerOption
from app.cli.service import configured_service
from app.encryption import new_encryption_key
from app.services import issuers, keys

commands = typer.Typer(help="Look after signing and encryption keys.", no_args_is_help=True)


@commands.command("list")
def list_keys(issuer: IssuerOption) -> None:
    """List an issuer's signing keys; the private halves never leave the database.

    Example: passports keys list --issuer community
    """
    with configured_service() as (session, _site):
        for key in session.scalars(keys.visible_keys(issuers.load_public_issuer(session, issuer).id)):
            typer.echo(f"{key.public_multikey}  {key.algorithm}  {key.status}  {key.created_at:%Y-%m-%d}")


@commands.command("generate-encryption-key")
def generate_encryption_key() -> None:
    """Print a new random key for PASSPORTS_ENCRYPTION_KEY.

    Example: passports keys generate-encryption-key
    """
    typer.echo(new_encryption_key())
