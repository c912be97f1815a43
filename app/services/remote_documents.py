"""Documents of other servers that a verification needs: DID documents, profiles, status lists, schemas.

Whatever does not come, or is not what it should be, is `Unavailable` with a reason and a remedy: the check
that needed it ends as unknown.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from app import strict_json
from app.errors import (
    Fault,
    InvalidPayloadError,
    MalformedBodyError,
    RateLimitedError,
    UnreadableCredentialError,
)
from app.http_client import Errand, Fetched, Purpose, Refused
from app.services.sites import Site
from app.signing.dids import did_web_url, key_document
from app.signing.verify import Gathered, Needs, Unavailable, needs, read, references_of

Documents = dict[str, Mapping[str, Any] | Unavailable]

_ASK_THE_ISSUER: Final = "Ask the issuer to mend it."
_SWITCH_ON: Final = "Give it to a verifier that fetches; this service does with PASSPORTS_FETCH_REMOTE=true."
_DID_WEB: Final = "did:web:"


def fetch_missing(wanted: Needs, gathered: Gathered, errand: Errand, *, site: Site) -> Gathered:
    """Return `gathered` with what other servers publish of what is wanted.

    The keys of the credential come first, then its status lists, then keys that only a list names: what a
    list names is the second and last step of the chain, and only for a list of one of the issuers.
    Then schemas with those that they refer to, and last the newer edition that a refresh service may have.
    """
    fetching = _Fetching(errand, site, dict(gathered.did_documents))
    fetching.documents_for(wanted, depth=1)
    issuers = {wanted.issuer_id, *wanted.endorser_ids}
    lists = dict(gathered.status_lists)
    for url, found in gathered.status_lists.items():
        if isinstance(found, Unavailable) and not fetching.is_own(url):
            lists[url] = fetching.status_list(url, issuers)
    schemas = fetching.schemas(wanted.schema_urls)
    refreshed = fetching.newer_edition(wanted.refresh_url)
    return replace(
        gathered,
        did_documents=fetching.documents,
        status_lists=lists,
        schemas=schemas,
        refreshed=refreshed,
    )


def say_how_to_fetch(wanted: Needs, gathered: Gathered, *, site: Site) -> Gathered:
    """Return `gathered` with the remedy for what only other servers have, where nothing is fetched."""
    missing = Unavailable("It is published by another server, and nothing is fetched here.", _SWITCH_ON)
    documents: Documents = dict.fromkeys(_identifiers(wanted), missing)
    own = f"{site.public_url}/"
    lists = {
        url: missing if isinstance(found, Unavailable) and not url.startswith(own) else found
        for url, found in gathered.status_lists.items()
    }
    documents |= gathered.did_documents
    schemas = dict.fromkeys(wanted.schema_urls, missing)
    return replace(gathered, did_documents=documents, status_lists=lists, schemas=schemas, refreshed=missing)


def fetch_credential(url: str, errand: Errand) -> bytes:
    """Return what `url` holds, in whatever form; raises `InvalidPayloadError` or `RateLimitedError`."""
    result = errand.fetch(url, Purpose.CREDENTIAL, depth=0)
    if isinstance(result, Fetched):
        return result.content
    if result.is_ours:
        raise RateLimitedError(result.detail, hint=result.remedy)
    hint = "Download the credential and upload it, or paste its text."
    fault = Fault("/url", result.code, result.detail, hint)
    raise InvalidPayloadError(fault.detail, faults=[fault], hint=hint)


class _Fetching:
    """One verification's way through other people's documents; each is asked for once."""

    def __init__(self, errand: Errand, site: Site, documents: Documents) -> None:
        self._errand, self._own, self.documents = errand, f"{site.public_url}/", documents

    def is_own(self, url: str) -> bool:
        """Tell whether `url` is of this service, which does not ask itself over the network."""
        return f"{url}/".startswith(self._own)

    def documents_for(self, wanted: Needs, *, depth: int) -> None:
        for identifier in _identifiers(wanted):
            if identifier not in self.documents:
                self.documents[identifier] = self._document(identifier, depth)

    def status_list(self, url: str, issuers: set[str | None]) -> bytes | Unavailable:
        fetched = self._fetch(url, Purpose.STATUS_LIST, 1)
        if isinstance(fetched, Unavailable):
            return fetched
        try:
            wanted = needs(read(fetched.content))
        except (MalformedBodyError, UnreadableCredentialError):
            return fetched.content  # the check of the status says what is wrong with it
        if wanted.issuer_id in issuers:
            self.documents_for(wanted, depth=2)
        return fetched.content

    def schemas(self, urls: Iterable[str]) -> Documents:
        """Return the schemas at `urls` and those that they refer to, by address."""
        found: Documents = {url: self._schema(url, 1) for url in urls}
        for url, schema in list(found.items()):
            for reference in references_of(schema, url):
                if reference not in found:
                    found[reference] = self._schema(reference, 2)
        return found

    def _schema(self, url: str, depth: int) -> Mapping[str, Any] | Unavailable:
        fetched = self._fetch(url, Purpose.SCHEMA, depth)
        return fetched if isinstance(fetched, Unavailable) else self._parsed(url, fetched)

    def newer_edition(self, url: str | None) -> bytes | Unavailable | None:
        """Return what the refresh service at `url` gives; None where the credential names none."""
        if url is None:
            return None
        fetched = self._fetch(url, Purpose.CREDENTIAL, 1)
        return fetched if isinstance(fetched, Unavailable) else fetched.content

    def _document(self, identifier: str, depth: int) -> Mapping[str, Any] | Unavailable:
        try:
            is_did = identifier.startswith(_DID_WEB)
            url = did_web_url(identifier) if is_did else identifier
        except InvalidPayloadError as error:
            return Unavailable(error.detail, _ASK_THE_ISSUER)
        fetched = self._fetch(url, Purpose.DID_DOCUMENT if is_did else Purpose.ISSUER_PROFILE, depth)
        if isinstance(fetched, Unavailable):
            return fetched
        document = self._parsed(url, fetched)
        if isinstance(document, Unavailable):
            return document
        if "kty" in document:
            return key_document(identifier, document)
        if document.get("id") != identifier:
            return Unavailable(f"What {url:.200} holds has not the id {identifier:.200}.", _ASK_THE_ISSUER)
        return document

    def _parsed(self, url: str, fetched: Fetched) -> dict[str, Any] | Unavailable:
        try:
            document = strict_json.loads(fetched.content)
        except MalformedBodyError as error:
            return Unavailable(f"What {url:.200} holds cannot be read: {error.detail}", _ASK_THE_ISSUER)
        if not isinstance(document, dict):
            return Unavailable(f"What {url:.200} holds is no JSON object.", _ASK_THE_ISSUER)
        return document

    def _fetch(self, url: str, purpose: Purpose, depth: int) -> Fetched | Unavailable:
        if self.is_own(url):
            return Unavailable(f"This service does not publish {url:.200}.", _ASK_THE_ISSUER)
        result = self._errand.fetch(url, purpose, depth=depth)
        return unavailable(result) if isinstance(result, Refused) else result


def unavailable(refused: Refused) -> Unavailable:
    """Return what a check says of a document that was not fetched; the code of the refusal is kept."""
    return Unavailable(f"{refused.detail} ({refused.code})", refused.remedy)


def _identifiers(wanted: Needs) -> Iterator[str]:
    """Yield the DIDs and addresses whose documents publish keys: issuer, endorsers, then those of proofs."""
    subjects = (method.partition("#")[0] for method in wanted.verification_method_ids)
    for identifier in (wanted.issuer_id, *wanted.endorser_ids, *subjects):
        if identifier is not None and identifier.startswith((_DID_WEB, "https:")):
            yield identifier
