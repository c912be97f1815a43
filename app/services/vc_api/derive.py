"""Deriving over the VC API: a holder's choice of what to show of a credential."""

from collections.abc import Mapping
from typing import Any

from app.errors import Fault, InvalidPayloadError, JsonLdError
from app.schemas.vc_api import CredentialDerivation
from app.services.sites import Site
from app.services.vc_api.faults import place_faults
from app.signing.issue import derive
from app.signing.lint import conformance_faults


def derive_credential(order: CredentialDerivation, *, site: Site) -> dict[str, Any]:
    """Return the part of a credential that is to be shown, with its proof.

    Raises `InvalidPayloadError` for a credential without a base proof, a pointer that points at nothing, and
    a part that no verifier would take, `JsonLdError` for what JSON-LD reads in more than one way, and
    `BusyError`.
    """
    try:
        with site.interpreting():
            shown = derive(order.verifiable_credential, order.options.selective_pointers)
    except (InvalidPayloadError, JsonLdError) as error:
        faults = error.faults or (Fault("", error.code, error.detail),)
        error.faults = place_faults(
            faults, "/verifiableCredential", "/options/selectivePointers", order.options.selective_pointers
        )
        raise
    _check_presentable(shown)
    return shown


def _check_presentable(shown: Mapping[str, Any]) -> None:
    """Raise `InvalidPayloadError` when what is left breaks the data model, so that it would not verify."""
    faults = [
        Fault(
            "/options/selectivePointers",
            "derived_not_conformant",
            f"At {fault.pointer or 'the top'} of what is shown: {fault.detail}",
            "Point at what is missing, or let the issuer make it mandatory.",
        )
        for fault in conformance_faults(shown)
    ]
    if faults:
        raise InvalidPayloadError(faults[0].detail, faults=faults, hint=faults[0].hint)
