"""Issuer instances of the VC API."""

from enum import StrEnum
from typing import Annotated, cast

import typer

from app.cli.issuers import IssuerOption, named_issuer
from app.cli.service import configured_service
from app.domain.issuer_instances import SECURINGS, Algorithm, define_instance
from app.main import utc_now
from app.services import issuer_instances, tokens
from app.services.pages import Window

commands = typer.Typer(
    help="Make and list issuer instances of the VC API.", no_args_is_help=True, add_completion=False
)

_Cryptosuite = StrEnum("_Cryptosuite", {name: name for name in SECURINGS})  # type: ignore[misc]  # made of a list of ours
_Algorithm = StrEnum("_Algorithm", {name: name for names in SECURINGS.values() for name in names})  # type: ignore[misc]  # likewise


@commands.command("create")
def create_instance(
    key: Annotated[str, typer.Argument(help="Its name in URLs: a-z, 0-9 and hyphens.")],
    issuer: IssuerOption,
    cryptosuite: Annotated[_Cryptosuite, typer.Option(help="What it secures credentials with.")],
    algorithm: Annotated[
        _Algorithm | None, typer.Option(help="Of its key: EdDSA, ES256 (P-256), ES384 (P-384).")
    ] = None,
    status: Annotated[bool | None, typer.Option(help="Whether its credentials can be revoked.")] = None,
    suspendable: Annotated[bool, typer.Option(help="Whether they can be suspended as well.")] = False,
) -> None:
    """Make an instance with a did:key of its own. Repeating it changes nothing.

    Example: passports instances create community-p256 --issuer community --cryptosuite ecdsa-rdfc-2019
    """
    with configured_service() as (session, site):
        actor = tokens.operator_actor(named_issuer(session, issuer))
        definition = define_instance(
            cryptosuite, cast("Algorithm | None", algorithm), has_status=status, suspendable=suspendable
        )
        instance, _ = issuer_instances.put_instance(session, actor, key, definition, site=site, now=utc_now())
        typer.echo(f"{instance.key}  {instance.did}")


@commands.command("list")
def list_instances(issuer: IssuerOption) -> None:
    """List an issuer's instances.

    Example: passports instances list --issuer community
    """
    with configured_service() as (session, _site):
        actor = tokens.operator_actor(named_issuer(session, issuer))
        for instance in issuer_instances.list_instances(session, actor, Window(200)).rows:
            status = ", ".join(instance.status_purposes) or "no status"
            typer.echo(
                f"{instance.key}  {instance.did}  {instance.cryptosuite}  {instance.algorithm}  {status}"
            )
