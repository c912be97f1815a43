"""What the reader of a report can do, by the code of a finding that says nothing closer itself."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_ANOTHER_ISSUE: Final = "Ask the issuer to mend it and issue it anew: nobody else can change what is signed."
_ORIGINAL: Final = (
    "Ask the holder for the file as it was given; if this is it, the issuer has to sign it anew."
)
_IMPOSTOR: Final = "Do not rely on it. Ask whoever is named as the issuer whether it is theirs."
_KEYS: Final = "Ask the issuer to publish the key and to name it by the address at which it is published."
_LATER: Final = "Try again later; if it stays so, ask the issuer."

REMEDIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        # conformance
        "not_conformant": _ANOTHER_ISSUE,
        "unsigned_data": _ANOTHER_ISSUE,
        "json_ld_invalid": _ANOTHER_ISSUE,
        "context_not_supported": "Give it to a verifier that knows this context,"
        " or ask the issuer for a badge in the contexts of Open Badges 3.0 alone.",
        "too_complex": "Ask the issuer for a simpler document, or for one that is signed as a JWT.",
        # proof
        "proof_missing": "Ask the holder for the signed credential: this is only its text.",
        "proof_invalid": _ORIGINAL,
        "proof_set_invalid": _ORIGINAL,
        "previous_proof_invalid": _ORIGINAL,
        "proof_expired": "Ask the issuer for one that is signed anew.",
        "proof_not_yet_valid": "Wait until then, or ask the issuer for one that is signed anew.",
        "jwt_vc_claim": _ANOTHER_ISSUE,
        "jwt_vc_claim_missing": _ANOTHER_ISSUE,
        "jwt_vp_claim": _ANOTHER_ISSUE,
        "jwt_iss_differs": _ANOTHER_ISSUE,
        "jwt_jti_differs": _ANOTHER_ISSUE,
        "jwt_sub_differs": _ANOTHER_ISSUE,
        "jwt_nbf_differs": _ANOTHER_ISSUE,
        "jwt_exp_differs": _ANOTHER_ISSUE,
        "key_missing": _KEYS,
        "key_not_found": _KEYS,
        "key_unresolved": _LATER,
        # issuer_key, holder_key
        "key_not_bound": _IMPOSTOR,
        "id_not_ours": _IMPOSTOR,
        # validity
        "not_yet_valid": "Wait until then.",
        "dates_unreadable": _ANOTHER_ISSUE,
        # status
        "status_entry_invalid": _ANOTHER_ISSUE,
        "status_unsupported": "Ask the issuer whether the credential still holds.",
        "status_list_invalid": "Ask the issuer to mend the list, and whether the credential still holds.",
        # refresh
        "refresh_unreachable": _LATER,
        "refresh_unreadable": _LATER,
        # recipient
        "recipient_differs": "Compare the address with the one that the holder gave to the issuer.",
        # endorsements
        "endorsement_invalid": "Leave it out of account, and ask the holder for a credential without it.",
        "endorsements_not_checked": "Look at the endorsements one by one.",
        "endorsement_undecided": "Leave the endorsement out of account until it can be checked.",
        # presentations
        "challenge_differs": "Ask the holder again, with a new challenge.",
        "domain_differs": "Ask the holder again, with a new challenge: this was made for somebody else.",
        "credential_not_verified": "Look at the report of that credential.",
        "credential_undecided": "Look at the report of that credential.",
    }
)
"""By the stable code (docs/verifying.md). Not among them: `not_reached`, which another check decides."""
