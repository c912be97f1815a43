"""What somebody hands in to be verified, read but not believed; and what has to be gathered for it."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from app import strict_json
from app.errors import Fault, MalformedBodyError, UnreadableCredentialError
from app.signing import jws, vc_jwt
from app.signing.baking import PNG_SIGNATURE, unbake
from app.signing.lint import VC_CONTEXT
from app.signing.members import listed, objects
from app.signing.verify.named_schemas import named_schemas
from app.strict_json import may_repeat, may_spell_letters

Form = Literal["data_integrity", "vc_jwt", "unsecured"]
Source = Literal["json", "jwt", "png", "svg"]

MAX_TEXT_BYTES: Final = 1_000_000
MAX_STATUS_ENTRIES: Final = 8
MAX_ENDORSEMENTS: Final = 8
STATUS_ENTRIES: Final = {
    "BitstringStatusListEntry": "BitstringStatusListCredential",
    "StatusList2021Entry": "StatusList2021Credential",
}
"""The types of status entries that are looked up, each with the type of its list."""

MAX_SCHEMAS: Final = 4
REVOCATION_LIST: Final = "1EdTechRevocationList"
_REFRESH: Final = "1EdTechCredentialRefresh"

_ENVELOPE: Final = "EnvelopedVerifiableCredential"
_ENVELOPE_MEMBERS: Final = frozenset({"@context", "id", "type"})
_ENVELOPED_JWT: Final = re.compile(r"data:application/(?:(vc|vp)\+)?jwt,(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Presented:
    """A credential as it was handed in: nothing in it has been checked.

    `token` is the JWT it came in, if it did; `credential` is then without the registered claims. `legacy`
    says that an envelope called it `application/jwt`, which leaves open where in it the credential lies.
    `repeats_id` and `endorses` are false where its text shows that no other string in it is its id, and that
    it holds no endorsements.
    """

    credential: dict[str, Any]
    form: Form
    source: Source
    token: str | None
    legacy: bool = False
    repeats_id: bool = field(default=True, compare=False)
    endorses: bool = field(default=True, compare=False)


@dataclass(frozen=True, slots=True)
class Needs:
    """What lies outside the credential: the issuer's document, documents of keys, lists, newer editions.

    `endorser_ids` are the issuers of its endorsements; what else these need is among the other ids and URLs.
    """

    issuer_id: str | None
    verification_method_ids: tuple[str, ...]
    status_list_urls: tuple[str, ...]
    endorser_ids: tuple[str, ...] = ()
    refresh_url: str | None = None
    schema_urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unavailable:
    """Something that was asked for and not got, why, and what may help."""

    reason: str
    remedy: str | None = None


ApplySchema = Callable[[str, Mapping[str, Any], str, Mapping[str, Any]], tuple[Fault, ...]]
"""Returns where a document breaks a schema: address, schemas by address, draft, document.

Raises `InvalidPayloadError`, `TooComplexError` and `BusyError` (app/signing/json_schemas.py).
"""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything a verification may know besides the credential.

    `did_documents` holds DID documents and issuer profiles by their id, `status_lists` the bytes of list
    credentials by URL, `refreshed` what the refresh service gave. What is absent counts as unavailable;
    did:key needs no document. `schemas` holds parsed JSON Schemas by URL, and those that they refer to;
    `apply_schema` holds a document against one of them, within limits. Ids that begin with `own_ids` are
    given by `own_issuers` alone.
    """

    now: datetime
    did_documents: Mapping[str, Mapping[str, Any] | Unavailable]
    status_lists: Mapping[str, bytes | Unavailable]
    trusted_issuers: frozenset[str]
    recipient: str | None
    own_ids: str | None = None
    own_issuers: frozenset[str] = frozenset()
    refreshed: bytes | Unavailable | None = None
    schemas: Mapping[str, Mapping[str, Any] | Unavailable] = field(default_factory=dict)
    apply_schema: ApplySchema | None = None


def read(data: bytes) -> Presented:
    """Return the credential in `data`: JSON, compact JWS, or either of them baked into PNG or SVG.

    Raises `MalformedBodyError` for text that is not strict JSON and `UnreadableCredentialError` for
    everything else that holds no credential.
    """
    if data.startswith(PNG_SIGNATURE):
        return _read_text(unbake(data), "png")
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        return _read_text(unbake(data), "svg")
    if len(data) > MAX_TEXT_BYTES:
        raise UnreadableCredentialError(f"The credential is larger than {MAX_TEXT_BYTES} bytes.")
    try:
        text = data.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise UnreadableCredentialError("This is neither JSON, nor a JWT, nor a PNG or SVG.") from error
    return _read_text(text, "json" if text.startswith(("{", "[")) else "jwt")


def needs(presented: Presented) -> Needs:
    """Return what should be gathered before `verify` can decide about `presented` and its endorsements."""
    endorsements = []
    for value in endorsements_in(presented)[:MAX_ENDORSEMENTS]:
        with suppress(MalformedBodyError, UnreadableCredentialError):
            endorsements.append(open_credential(value))
    credentials = (presented, *endorsements)
    return Needs(
        issuer_id_of(presented.credential),
        _texts([method for each in credentials for method in _methods(each)]),
        _texts([url for each in credentials for url in _status_lists(each.credential)]),
        _texts([issuer_id_of(each.credential) for each in endorsements]),
        refresh_url_of(presented.credential),
        _texts([url for each in credentials for url in _schemas(each.credential)]),
    )


def endorsements_in(presented: Presented) -> list[Any]:
    """Return the endorsements in a credential at any depth, objects and JWTs, but not those within them."""
    found: list[Any] = []
    stack: list[object] = [presented.credential] if presented.endorses else []
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            for name, member in value.items():
                if name in ("endorsement", "endorsementJwt"):
                    found.extend(listed(member))
                elif isinstance(member, dict | list):
                    stack.append(member)
        elif isinstance(value, list):
            stack.extend(value)
    return found


def open_credential(value: object) -> Presented:
    """Return a credential as it stands in a JSON document: with its proofs, in an envelope, or as a JWT.

    Raises `MalformedBodyError` or `UnreadableCredentialError` when it is none of these.
    """
    if isinstance(value, dict):
        return _read_object(value, "json")
    if isinstance(value, str):
        return _read_jwt(value, "jwt")
    raise UnreadableCredentialError("A credential is neither an object nor a JWT.")


def _methods(presented: Presented) -> list[Any]:
    if presented.token is not None:
        return [jws.peek(presented.token).header.get("kid")]
    return [proof.get("verificationMethod") for proof in objects(presented.credential.get("proof"))]


def _status_lists(credential: Mapping[str, Any]) -> list[Any]:
    entries = objects(credential.get("credentialStatus"))[:MAX_STATUS_ENTRIES]
    signed = [entry for entry in entries if entry.get("type") in tuple(STATUS_ENTRIES)]
    unsigned = [entry for entry in entries if entry.get("type") == REVOCATION_LIST]
    return [
        *(entry.get("statusListCredential") for entry in signed),
        *(entry.get("id") for entry in unsigned),
    ]


def _schemas(credential: Mapping[str, Any]) -> list[Any]:
    return [schema.url for schema in named_schemas(credential) if schema.draft is not None][:MAX_SCHEMAS]


def refresh_url_of(credential: Mapping[str, Any]) -> str | None:
    """Return the address of the first refresh service of 1EdTech's kind, None when there is none."""
    services = objects(credential.get("refreshService"))
    urls = [service.get("id") for service in services if _REFRESH in listed(service.get("type"))]
    return next((url for url in urls if isinstance(url, str)), None)


def issuer_id_of(credential: Mapping[str, Any]) -> str | None:
    """Return the id of the issuer, or None when there is no readable one."""
    issuer = credential.get("issuer")
    identifier = issuer.get("id") if isinstance(issuer, dict) else issuer
    return identifier if isinstance(identifier, str) else None


def _texts(values: list[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if isinstance(value, str)))


def _read_text(text: str, source: Source) -> Presented:
    if text.startswith(("{", "[")):
        credential = strict_json.loads(text)
        if not isinstance(credential, dict):
            raise UnreadableCredentialError("The JSON is not one object.")
        return _read_object(credential, source, text)
    return _read_jwt(text, source)


def _read_object(value: dict[str, Any], source: Source, text: str | None = None) -> Presented:
    """Return what `value` holds, which was all of `text` if that is given."""
    if _ENVELOPE in listed(value.get("type")):
        token, legacy = opened(value, "vc")
        return _read_jwt(token, source, legacy=legacy)
    form: Form = "data_integrity" if "proof" in value else "unsecured"
    if text is None:
        return Presented(value, form, source, None)
    repeats_id = may_repeat(text, value.get("id"))
    return Presented(value, form, source, None, repeats_id=repeats_id, endorses=_may_endorse(text))


def opened(envelope: Mapping[str, Any], kind: Literal["vc", "vp"]) -> tuple[str, bool]:
    """Return the JWT in an envelope, and whether it is called a JWT only (VCDM 2.0, 4.13.1 and 4.13.2).

    Raises `UnreadableCredentialError` unless the envelope holds one for `kind`, and nothing beside it.
    """
    content = _ENVELOPED_JWT.fullmatch(str(envelope.get("id")))
    has_context = VC_CONTEXT in listed(envelope.get("@context"))[:1]
    if content is None or content[1] not in (None, kind) or not has_context:
        raise UnreadableCredentialError(f"The envelope holds no `data:application/{kind}+jwt,…` as its id.")
    if envelope.keys() - _ENVELOPE_MEMBERS:
        raise UnreadableCredentialError(
            "The envelope says more than what it holds, and nobody has signed that."
        )
    return content[2], content[1] is None


def _read_jwt(text: str, source: Source, *, legacy: bool = False) -> Presented:
    payload = jws.peek(text).payload
    claims = vc_jwt.claims(payload)
    content = payload.decode()
    identifier = claims.get("id")
    repeats_id = may_repeat(content, identifier, 2 if claims.get("jti") == identifier else 1)
    credential = vc_jwt.credential_of(claims)
    return Presented(credential, "vc_jwt", source, text, legacy, repeats_id, _may_endorse(content))


def _may_endorse(text: str) -> bool:
    return '"endorsement' in text or may_spell_letters(text)
