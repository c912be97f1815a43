"""`passports jose`: the calls that W3C's suite for VC-JOSE-COSE makes, and the results that it reads."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.signing.keys import P384Signer
from app.signing.multibase import encode_base64url
from tests.foreign_credentials import V2

SIGNER = P384Signer.generate()
JWK = SIGNER.public_key.jwk
METHOD = {
    "id": "https://example.issuer/vc-jose-cose#key-2",
    "type": "JsonWebKey",
    "controller": "https://example.issuer/vc-jose-cose",
    "publicKeyJwk": JWK,
    "secretKeyJwk": JWK | {"d": encode_base64url(SIGNER.secret)[1:]},
}
CREDENTIAL = {
    "@context": [V2, "https://www.w3.org/ns/credentials/examples/v2"],
    "type": ["VerifiableCredential", "ExampleAlumniCredential"],
    "issuer": "https://example.issuer/vc-jose-cose",
    "credentialSubject": {"id": "did:example:123", "alumniOf": "Example University"},
}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("key.json").write_text(json.dumps(METHOD))
    Path("credential.json").write_text(json.dumps(CREDENTIAL))


def run(act: str, source: str, *, code: int = 0, feature: str = "credential_jose") -> dict[str, Any]:
    files = ["--input", source, "--key", "key.json", "--output", "result.json"]
    result = CliRunner().invoke(app, ["jose", act, *files, "--feature", feature])
    assert result.exit_code == code, f"{result.output}\n{result.exception!r}"
    written: dict[str, Any] = json.loads(Path("result.json").read_text())
    return written


def test_what_was_issued_is_verified() -> None:
    issued = run("issue", "credential.json")
    assert issued["result"] == "success"
    Path("credential.jwt").write_text(issued["data"] + "\n")
    checked = run("verify", "credential.jwt")
    assert (checked["result"], json.loads(checked["data"])) == ("success", CREDENTIAL)
    wrapped = {
        "@context": V2,
        "id": f"data:application/vc+jwt,{issued['data']}",
        "type": "EnvelopedVerifiableCredential",
    }
    shown = {"@context": [V2], "type": ["VerifiablePresentation"], "verifiableCredential": [wrapped]}
    Path("presentation.json").write_text(json.dumps(shown))
    presented = run("issue", "presentation.json", feature="presentation_jose")
    Path("presentation.jwt").write_text(presented["data"])
    assert run("verify", "presentation.jwt", feature="presentation_jose")["result"] == "success"
    assert run("verify", "presentation.jwt", code=1)["result"] == "failure"


def test_what_is_wrong_stands_in_the_result() -> None:
    Path("credential.json").write_text(json.dumps(CREDENTIAL | {"badExtension": 1}))
    failed = run("issue", "credential.json", code=1)
    assert failed["result"] == "failure"
    assert "/badExtension: No context of the document defines badExtension." in failed["data"]
    for name, content in (("list.json", "[]"), ("torn.json", "{"), ("binary.json", b"\xff")):
        Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())
        assert run("issue", name, code=1)["result"] == "failure"
    assert "cannot be read" in run("verify", "nowhere.jwt", code=1)["data"]
    Path("key.json").write_text(json.dumps(METHOD | {"secretKeyJwk": None}))
    assert run("issue", "credential.json", code=1)["data"] == "The key has no secretKeyJwk."


@pytest.mark.parametrize("form", ["sdjwt", "cose"])
def test_forms_that_are_not_there_are_indeterminate(form: str) -> None:
    for act, thing in (("issue", "credential"), ("verify", "presentation")):
        found = run(act, "credential.json", code=1, feature=f"{thing}_{form}")
        assert found["result"] == "indeterminate"


def test_a_result_that_cannot_be_written_is_said() -> None:
    files = ["--input", "credential.json", "--key", "key.json", "--output", "no/folder/result.json"]
    result = CliRunner().invoke(app, ["jose", "issue", *files, "--feature", "credential_jose"])
    assert result.exit_code == 1
    assert "no/folder/result.json cannot be written" in result.output
