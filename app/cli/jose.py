"""VC-JOSE-COSE on the command line: what W3C's test suite drives (docs/vc-api.md).

The key is a file of its own and no key of this service: nothing is asked of database or network.
"""

import json
from collections.abc import Callable
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from app import strict_json
from app.cli.failures import expected
from app.errors import InvalidPayloadError, PassportsError
from app.sandbox import Sandbox
from app.signing.jsonld import interpreting
from app.signing.keys import open_private_jwk, read_jwk
from app.signing.vc_jose import Kind, check, secure


class Feature(StrEnum):
    """What the suite asks for, in its words."""

    CREDENTIAL_JOSE = "credential_jose"
    PRESENTATION_JOSE = "presentation_jose"
    CREDENTIAL_SDJWT = "credential_sdjwt"
    PRESENTATION_SDJWT = "presentation_sdjwt"
    CREDENTIAL_COSE = "credential_cose"
    PRESENTATION_COSE = "presentation_cose"


_KINDS: dict[Feature, Kind] = {
    Feature.CREDENTIAL_JOSE: "credential",
    Feature.PRESENTATION_JOSE: "presentation",
}
"""The features that there are; the result of others is `indeterminate`."""

InputOption = Annotated[Path, typer.Option("--input", help="The document, or the JWT.")]
KeyOption = Annotated[Path, typer.Option("--key", help="A verification method of the type JsonWebKey.")]
FeatureOption = Annotated[Feature, typer.Option(help="The form, and what is in it.")]
OutputOption = Annotated[Path, typer.Option("--output", help="Where to write the result, as JSON.")]

commands = typer.Typer(
    help="Secure files with a key at hand, as W3C's suite for VC-JOSE-COSE asks.",
    no_args_is_help=True,
    add_completion=False,
)


@commands.command("issue")
def issue(source: InputOption, key: KeyOption, feature: FeatureOption, output: OutputOption) -> None:
    """Secure a credential or a presentation with the `secretKeyJwk` of the key.

    The result is an object with `result` (success, failure or indeterminate) and `data`.
    The data are the JWT, or what is wrong; SD-JWT and COSE are not there and indeterminate.

    Exit code: 0 success, 1 else.

    Example: passports jose issue --input vc.json --key key.json --feature credential_jose --output out.json
    """

    def secured(kind: Kind) -> str:
        method = _read_object(key)
        signer = open_private_jwk(_member(method, "secretKeyJwk"))
        return secure(_read_object(source), kind, signer, str(method.get("id", signer.public_key.thumbprint)))

    _carry_out(feature, output, secured)


@commands.command("verify")
def verify(source: InputOption, key: KeyOption, feature: FeatureOption, output: OutputOption) -> None:
    """Check a JWT with the `publicKeyJwk` of the key: its signature, its form, and the data model.

    Whose key it is, dates and status are not asked: `passports verify` does that.
    The result is an object with `result` (success, failure or indeterminate) and `data`.
    The data are the document, or what is wrong.

    Exit code: 0 success, 1 else.

    Example: passports jose verify --input vc.jwt --key key.json --feature credential_jose --output out.json
    """

    def checked(kind: Kind) -> str:
        public_key = read_jwk(_member(_read_object(key), "publicKeyJwk"))
        return json.dumps(check(_read(source).strip(), kind, public_key), ensure_ascii=False)

    _carry_out(feature, output, checked)


def _carry_out(feature: Feature, output: Path, work: Callable[[Kind], str]) -> None:
    kind = _KINDS.get(feature)
    result, data = "indeterminate", f"{feature} is not there: credentials and presentations with JOSE are."
    if kind is not None:
        try:
            with closing(Sandbox()) as sandbox, interpreting(sandbox.allowance().interpret):
                result, data = "success", work(kind)
        except PassportsError as error:
            faults = "".join(f"\n{fault.pointer or '/'}: {fault.detail}" for fault in error.faults)
            result, data = "failure", error.detail + faults
    with expected():
        _write(output, {"result": result, "data": data})
    if result != "success":
        typer.echo(f"passports: {result}: {data}", err=True)
        raise typer.Exit(1)


def _read_object(file: Path) -> dict[str, Any]:
    value = strict_json.loads(_read(file))
    if not isinstance(value, dict):
        raise InvalidPayloadError(f"{file} holds no JSON object.")
    return value


def _member(method: dict[str, Any], name: str) -> dict[str, Any]:
    value = method.get(name)
    if not isinstance(value, dict):
        raise InvalidPayloadError(f"The key has no {name}.")
    return value


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise InvalidPayloadError(f"{file} cannot be read: {reason}.") from error


def _write(file: Path, value: dict[str, str]) -> None:
    try:
        file.write_text(json.dumps(value, ensure_ascii=False) + "\n", "utf-8")
    except OSError as error:
        raise InvalidPayloadError(f"{file} cannot be written: {error.strerror}.") from error
