"""API tokens."""

from datetime import timedelta
from typing import Annotated

import typer

from app.cli.issuers import IssuerOption, named_issuer
from app.cli.service import configured_service
from app.domain.actors import Role, Scope
from app.main import utc_now
from app.services import tokens
from app.services.pages import Window

commands = typer.Typer(help="Create, list and revoke API tokens.", no_args_is_help=True, add_completion=False)


@commands.command("create")
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
    with configured_service() as (session, _site):
        actor = tokens.operator_actor(named_issuer(session, issuer))
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


@commands.command("list")
def list_tokens(issuer: IssuerOption) -> None:
    """List an issuer's tokens, without their secrets.

    Example: passports tokens list --issuer community
    """
    with configured_service() as (session, _site):
        actor = tokens.operator_actor(named_issuer(session, issuer))
        for token in tokens.list_tokens(session, actor, Window(200)).rows:
            state = "revoked" if token.revoked_at else f"until {token.expires_at:%Y-%m-%d}"
            typer.echo(f"{token.id}  {token.hint}…  {token.role}  {state}  {token.name}")


@commands.command("revoke")
def revoke_token(token_id: str, issuer: IssuerOption) -> None:
    """End a token at once.

    Example: passports tokens revoke 0190f3a2-7c1e-7d9b-8a52-3f0e6b7c1d2e --issuer community
    """
    with configured_service() as (session, _site):
        actor = tokens.operator_actor(named_issuer(session, issuer))
        tokens.revoke_token(session, actor, token_id, now=utc_now())
    typer.echo("revoked")
