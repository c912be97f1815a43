"""Presentations as JWTs: VC-JOSE-COSE 1.0 (3.1.2) made and read, the claim `vp` of 1.1 read too."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from app.errors import Fault, InvalidPayloadError, InvalidSignatureError
from app.signing import jws, vc_jwt
from app.signing.keys import PublicKey, Signer
from app.signing.lint import VC_CONTEXT, is_version_1

CHALLENGE: Final = "nonce"
DOMAIN: Final = "aud"


def create(
    document: Mapping[str, Any],
    signer: Signer,
    key_id: str,
    *,
    challenge: str | None = None,
    domain: str | None = None,
) -> str:
    """Return the presentation `document` as a JWT, for whoever gave `challenge` and is `domain`."""
    asked = {CHALLENGE: challenge, DOMAIN: domain}
    payload = {**document, **{name: value for name, value in asked.items() if value is not None}}
    header = {"kid": key_id, "typ": jws.VP_JOSE_TYPES[0], "cty": "vp"}
    return jws.encode(header, vc_jwt.payload_bytes(payload), signer)


def envelop(token: str) -> dict[str, Any]:
    """Return the object that stands for `token` in JSON-LD (VCDM 2.0, Enveloped Verifiable Presentations)."""
    identifier = f"data:application/{jws.VP_JOSE_TYPES[0]},{token}"
    return {"@context": VC_CONTEXT, "id": identifier, "type": "EnvelopedVerifiablePresentation"}


def presentation_of(payload_claims: Mapping[str, Any]) -> dict[str, Any]:
    """Return the presentation without the JWT's own claims; beside the claim `vp`, `iss` names the holder."""
    inner = payload_claims.get("vp")
    if isinstance(inner, dict) and "@context" not in payload_claims:
        holder = {"holder": payload_claims["iss"]} if isinstance(payload_claims.get("iss"), str) else {}
        return {**holder, **vc_jwt.without_registered(inner)}
    presentation = vc_jwt.without_registered(payload_claims)
    presentation.pop(CHALLENGE, None)
    return presentation


def check(token: str, public_key: PublicKey, now: datetime, *, legacy: bool) -> None:
    """Check a presentation signed by `public_key`; challenge and domain are for the caller to compare.

    `legacy`: the JWT came as `application/jwt`, where the presentation may lie in the claim `vp`. Raises
    `UnreadableCredentialError`, `InvalidSignatureError` and `InvalidPayloadError` as `vc_jwt.check` does.
    """
    checked = jws.decode(token, public_key)
    kind = checked.header.get("typ", vc_jwt.TYPE)
    if kind not in (vc_jwt.TYPE, *jws.VP_JOSE_TYPES):
        raise InvalidSignatureError("The JWT's typ is not one of a verifiable presentation.")
    payload_claims = vc_jwt.claims(checked.payload)
    presentation = presentation_of(payload_claims)
    may_nest = kind == vc_jwt.TYPE and (legacy or is_version_1(presentation))
    faults = vc_jwt.period_faults(payload_claims, now)
    if "vp" in payload_claims and ("@context" in payload_claims or not may_nest):
        faults.append(
            Fault("/vp", "jwt_vp_claim", "A presentation of data model 2.0 is not in a claim `vp`.")
        )
    if "iss" in payload_claims and payload_claims["iss"] != holder_of(presentation):
        faults.append(Fault("/iss", "jwt_iss_differs", "The claim iss is not the holder."))
    if "jti" in payload_claims and payload_claims["jti"] != presentation.get("id", payload_claims["jti"]):
        faults.append(Fault("/jti", "jwt_jti_differs", "The claim jti is not the presentation's id."))
    if faults:
        raise InvalidPayloadError("The claims of the JWT disagree with the presentation.", faults=faults)


def holder_of(presentation: Mapping[str, Any]) -> str | None:
    """Return the id of the holder, or None when none is named (VCDM 2.0, Verifiable Presentations)."""
    holder = presentation.get("holder")
    identifier = holder.get("id") if isinstance(holder, dict) else holder
    return identifier if isinstance(identifier, str) else None
