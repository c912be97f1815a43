"""Check 6: whether the issuer has revoked or suspended the credential.

Bitstring Status List 1.0, with entries of one or more bits, its forerunner Status List 2021, and the unsigned
lists of 1EdTech.

A list that cannot be had or believed leaves the status unknown. Only a set bit, or an entry that can
point at no bit, fails the credential.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from app.errors import InvalidPayloadError, MalformedBodyError, UnreadableCredentialError
from app.signing import datetimes, status_list
from app.signing.contents import MAX_CONTENT, Contents
from app.signing.lint import PERIODS, conformance_faults, types_of
from app.signing.members import listed, objects
from app.signing.status_entries import is_size
from app.signing.verify.keys import ProofKey, check_key, find_key
from app.signing.verify.presented import (
    MAX_STATUS_ENTRIES,
    REVOCATION_LIST,
    STATUS_ENTRIES,
    Gathered,
    Presented,
    Unavailable,
    issuer_id_of,
    read,
)
from app.signing.verify.proofs import check_proof, issuer_of, valid
from app.signing.verify.reports import EndedError, Finding, Outcome, failed, unknown
from app.signing.verify.revocation_lists import REMEDY, check_revocation_list

_INDEX: Final = re.compile(r"\d{1,10}", re.ASCII)
_ENTRY_INVALID: Final = "status_entry_invalid"
_SET: Final = {
    "revocation": ("revoked", REMEDY),
    "suspension": ("suspended", "Ask the issuer: a suspension can end."),
}
_MESSAGE: Final = "message"
_PURPOSES: Final = (*_SET, _MESSAGE)
_WORST_FIRST: Final = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS)

_PROVEN: Final = Contents[ProofKey]()
"""By the bytes of a list: the key that its proof was found good with. Each credential on it asks again."""


def check_status(credential: Mapping[str, Any], gathered: Gathered) -> Finding:
    """Check every status entry of `credential`; the worst of them counts."""
    entries = listed(credential.get("credentialStatus"))
    if not entries:
        return Finding(
            Outcome.NOT_APPLICABLE, "no_status", "The issuer publishes no status for this credential."
        )
    if len(entries) > MAX_STATUS_ENTRIES:
        return unknown("status_unsupported", f"There are more than {MAX_STATUS_ENTRIES} entries.").finding
    findings = []
    for entry in entries:
        try:
            findings.append(_check_entry(entry, credential, gathered))
        except EndedError as ended:
            findings.append(ended.finding)
    return min(findings, key=lambda finding: _WORST_FIRST.index(finding.outcome))


def _check_entry(entry: object, credential: Mapping[str, Any], gathered: Gathered) -> Finding:
    if not isinstance(entry, dict):
        raise failed(_ENTRY_INVALID, "The status entry is not an object.")
    if entry.get("type") == REVOCATION_LIST:
        return check_revocation_list(credential, entry.get("id"), gathered)
    kind, purpose, size = entry.get("type"), _purpose(entry), entry.get("statusSize", 1)
    has_table = purpose != _MESSAGE or objects(entry.get("statusMessage"))
    if (
        kind not in tuple(STATUS_ENTRIES)
        or purpose not in _PURPOSES
        or not _is_size(size, kind)
        or not has_table
    ):
        shown = f"{kind!s:.60} for {purpose!s:.60}"
        raise unknown("status_unsupported", f"Status entries of the kind {shown} are not checked here.")
    index, url = _index(entry.get("statusListIndex")), entry.get("statusListCredential")
    if index is None or not isinstance(url, str):
        raise failed(
            _ENTRY_INVALID, "The status entry names no list or no place in it (MALFORMED_VALUE_ERROR)."
        )
    data = gathered.status_lists.get(url)
    if not isinstance(data, bytes):
        missing = data or Unavailable("Nobody fetched it.")
        detail = f"The status list {url:.200} could not be had. {missing.reason}"
        raise unknown("status_unreachable", detail, missing.remedy or "Try again later.")
    bits = _trusted_bits(data, {**entry, "statusPurpose": purpose}, issuer_id_of(credential), gathered)
    try:
        value = status_list.value(bits, index, size)
    except InvalidPayloadError as error:
        raise failed(_ENTRY_INVALID, f"{error.detail} (RANGE_ERROR)") from error
    if purpose == _MESSAGE:
        raise unknown("status_message", _message(entry, value), "Decide yourself what it means to you.")
    if value:
        code, remedy = _SET[purpose]
        raise failed(code, f"The issuer's status list says: {code}.", remedy)
    return Finding(Outcome.PASS, "not_revoked", f"The issuer's status list shows no {purpose}.")


def _purpose(entry: Mapping[str, Any]) -> object:
    """Return what an entry is about; a list of one is that one, as it is in RDF."""
    purpose = entry.get("statusPurpose")
    return purpose[0] if isinstance(purpose, list) and len(purpose) == 1 else purpose


def _is_size(size: object, kind: object) -> bool:
    """Return whether entries of `kind` can be `size` bits wide."""
    return is_size(size) and (size == 1 or kind == "BitstringStatusListEntry")


def _message(entry: Mapping[str, Any], value: int) -> str:
    """Return what the issuer's own table says to a value (Bitstring Status List 1.0, statusMessage)."""
    for line in objects(entry.get("statusMessage")):
        if line.get("status") == f"{value:#x}":
            return f"The issuer's status list says: {line.get('message')!s:.500}"
    return f"The issuer's status list says {value:#x}, which the credential does not explain."


def _trusted_bits(data: bytes, entry: Mapping[str, Any], issuer_id: str | None, gathered: Gathered) -> bytes:
    """Return the bits of a list credential that the same issuer has signed and that is in its period."""
    kind, purpose = STATUS_ENTRIES[entry["type"]], entry["statusPurpose"]
    try:
        presented = read(data)
    except (MalformedBodyError, UnreadableCredentialError) as error:
        raise _distrust(f"It cannot be read: {error.detail}") from error
    credential = presented.credential
    if kind not in types_of(credential):
        raise _distrust(f"It is not a {kind}.")
    for fault in conformance_faults(credential, repeats_id=presented.repeats_id):
        raise _distrust(f"At {fault.pointer or 'the top'}: {fault.detail}")
    if issuer_id_of(credential) != issuer_id:
        raise _distrust("Its issuer is not the credential's.")
    finding, key = _check_list_proof(data, presented, gathered)
    if key is not None:
        finding = check_key(issuer_of(credential), key, gathered)
    if finding.outcome is not Outcome.PASS:
        raise _distrust(f"Its proof does not hold: {finding.detail}")
    subject = credential["credentialSubject"]
    if purpose not in listed(subject["statusPurpose"]):
        raise _distrust(f"It is not a list for {purpose}.")
    if not _is_current(credential, gathered):
        raise unknown("status_list_out_of_date", "The status list is not of now.", "Try again later.")
    decode = status_list.decode if kind == "BitstringStatusListCredential" else status_list.decode_2021
    bits = decode(subject["encodedList"])
    if len(bits) * 8 < status_list.MINIMUM_LENGTH * entry.get("statusSize", 1):
        raise _distrust("It has too few entries (STATUS_LIST_LENGTH_ERROR).")
    return bits


def _check_list_proof(
    data: bytes, presented: Presented, gathered: Gathered
) -> tuple[Finding, ProofKey | None]:
    """Check the proof of a list, or remember that it fits: the same bytes fit the same key for ever.

    Which key the proof's id names is asked each time. A proof that ends, or one of several, is checked anew.
    """
    known = _PROVEN.find(data)
    if known is not None and _is_named_still(known, issuer_id_of(presented.credential), gathered):
        return valid(known), known
    finding, key = check_proof(presented, gathered)
    proofs = objects(presented.credential.get("proof"))
    is_lasting = presented.form == "data_integrity" and len(proofs) == 1 and "expires" not in proofs[0]
    if key is not None and is_lasting and len(data) <= MAX_CONTENT:
        _PROVEN.keep(key, data)
    return finding, key


def _is_named_still(found: ProofKey, issuer_id: str | None, gathered: Gathered) -> bool:
    with suppress(EndedError):
        return find_key(str(found.method), issuer_id, gathered) == found.key
    return False


def _is_current(credential: Mapping[str, Any], gathered: Gathered) -> bool:
    starts, ends = (
        [datetimes.parse(credential[name]) for name in names if name in credential]
        for names in zip(*PERIODS, strict=True)
    )
    return all(start <= gathered.now for start in starts) and all(end >= gathered.now for end in ends)


def _index(value: object) -> int | None:
    """Return the index of an entry: decimal text, or the number that some issuers write."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and _INDEX.fullmatch(value) else None


def _distrust(detail: str) -> EndedError:
    return unknown("status_list_invalid", f"The status list is not to be relied on. {detail}")
