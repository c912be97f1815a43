"""The issuers of this service."""

from typing import Annotated

import typer
from sqlalchemy.orm import Session

from app.cli.service import configured_service
from app.domain.payloads import nearest
from app.errors import NotFoundError
from app.main import utc_now
from app.models import Issuer
from app.services import issuers

commands = typer.Typer(help="Create and list issuers.", no_args_is_help=True, add_completion=False)

IssuerOption = Annotated[str, typer.Option("--issuer", help="The issuer's key.")]


def named_issuer(session: Session, key: str) -> Issuer:
    """Return the issuer that `--issuer` names; raises `NotFoundError`, which names the one probably meant."""
    issuer = issuers.find_issuer(session, key)
    if issuer is not None:
        return issuer
    known = tuple(each.key for each in issuers.list_issuers(session))
    hint = nearest(key, known) if known else "There is none yet: make one with `passports issuers create`."
    raise NotFoundError(f"There is no issuer {key}.", hint=hint)


@commands.command("create")
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
    with configured_service() as (session, site):
        issuer = issuers.find_issuer(session, key)
        if issuer is None:
            profile = issuers.IssuerProfile(name=name, url=url, email=email, description=description)
            issuer = issuers.create_issuer(session, key, profile, site=site, now=utc_now())
        typer.echo(f"{issuer.key}  {issuer.did}")


@commands.command("list")
def list_issuers() -> None:
    """List the issuers of this service.

    Example: passports issuers list
    """
    with configured_service() as (session, _site):
        for issuer in issuers.list_issuers(session):
            typer.echo(f"{issuer.key}  {issuer.did}  {issuer.name}")
