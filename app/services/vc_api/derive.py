"""Deriving over the VC API: a holder's choice of what to show of a credential."""

from typing import Any

from app.errors import Fault, InvalidPayloadError, JsonLdError
from app.schemas.vc_api import CredentialDerivation
from app.services.sites import Site
from app.services.vc_api.faults import place_faults
from app.signing.issue import derive


def derive_credential(order: CredentialDerivation, *, site: Site) -> dict[str, Any]:
    """Return the part of a credential that is to be shown, with its proof.

    Raises `InvalidPayloadError` for a credential without a base proof and a pointer that points at nothing,
    `JsonLdError` for what JSON-LD reads in more than one way, and `BusyError`.
    """
    try:
        with site.interpreting():
            return derive(order.verifiable_credential, order.options.selective_pointers)
    except (InvalidPayloadError, JsonLdError) as error:
        faults = error.faults or (Fault("", error.code, error.detail),)
        error.faults = place_faults(
            faults, "/verifiableCredential", "/options/selectivePointers", order.options.selective_pointers
        )
        raise
