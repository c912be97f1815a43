"""Vocabularies: the words that an organisation has agreed on, what they are called, and other spellings."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from app.domain.payloads import TERM, Faults, Payload, nearest
from app.errors import Fault, InvalidPayloadError

TOPIC: Final = "topic"
INITIATIVE: Final = "initiative"
EXPERIENCE_KIND: Final = "experience-kind"
PARTNERSHIP_TYPE: Final = "partnership-type"
ASKED_FOR: Final = (TOPIC, INITIATIVE, EXPERIENCE_KIND, PARTNERSHIP_TYPE)
"""The vocabularies that something asks for; without one of them, any word will do there."""

MAX_TERMS = 1000
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)
"""A language tag (RFC 5646), as far as labels need it."""

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Term:
    """One word: its key, its label in each language, and what else people write for it."""

    key: str
    label: Labels
    aliases: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The English label or, without one, the first."""
        return self.label.get("en") or next(iter(self.label.values()))


@dataclass(frozen=True)
class Vocabulary:
    """A list of terms; no word stands for two of them."""

    key: str
    terms: tuple[Term, ...]
    title: str | None = None

    @cached_property
    def _spellings(self) -> Mapping[str, Term]:
        return {_plain(word): term for term in self.terms for word in (term.key, *term.aliases)}

    def unused(self) -> list[Fault]:
        """Return a fault when nothing asks for a vocabulary of this key: it is a list that nobody reads."""
        if self.key in ASKED_FOR:
            return []
        detail = f"Nothing is looked up in a vocabulary {self.key!r}."
        return [Fault("/key", "unused_vocabulary", detail, nearest(self.key, ASKED_FOR))]

    def find(self, word: str) -> Term | None:
        """Return the term with this key or alias, in whatever case it is written."""
        return self._spellings.get(_plain(word))

    def spellings(self, words: Iterable[str]) -> frozenset[str]:
        """Return all that may stand for the same terms as `words`; a word that is no term stays alone."""
        found = {word: self.find(word) for word in words}
        same = (word for term in found.values() if term is not None for word in (term.key, *term.aliases))
        return frozenset((*found, *same))

    def unknown(self, words: Iterable[str], pointer: str) -> list[Fault]:
        """Return a fault for each word that is neither a term nor an alias of one."""
        known = tuple(word for term in self.terms for word in (term.key, *term.aliases))
        return [
            Fault(
                pointer,
                "unknown_term",
                f"{word!r} is no term of the vocabulary {self.key!r}.",
                nearest(word, known),
            )
            for word in words
            if self.find(word) is None
        ]

    def to_document(self) -> dict[str, Any]:
        """Return the canonical form; `read_vocabulary` takes it back unchanged."""
        return {
            "key": self.key,
            "title": self.title,
            "terms": [
                {"key": term.key, "label": dict(term.label), "aliases": list(term.aliases)}
                for term in self.terms
            ],
        }


def unknown_words(
    vocabularies: Mapping[str, Vocabulary], asked: Iterable[tuple[str, Iterable[str], str]]
) -> list[Fault]:
    """Return a fault for each word that its vocabulary, if there is one, does not hold.

    `asked` gives the key of the vocabulary, the words, and the pointer to them.
    """
    return [
        fault
        for key, words, pointer in asked
        if key in vocabularies
        for fault in vocabularies[key].unknown(words, pointer)
    ]


def key_of(vocabularies: Mapping[str, Vocabulary], key: str, word: str) -> str:
    """Return the key of the term that a word stands for, or the word itself."""
    term = vocabularies[key].find(word) if key in vocabularies else None
    return word if term is None else term.key


def _plain(word: str) -> str:
    return " ".join(word.split()).casefold()


def read_vocabulary(document: Mapping[str, Any], *, key: str | None = None) -> Vocabulary:
    """Return the vocabulary of `document`. Raises `InvalidPayloadError` with every fault.

    A vocabulary without a term would allow nothing, so it is refused.
    """
    faults = Faults()
    body = Payload(document, "", faults)
    own_key = body.key_of("key", known=key)
    title = body.optional_text("title", limit=200)
    bodies = body.payloads("terms", limit=MAX_TERMS)
    if not bodies and not body.raw("terms"):
        body.fault("terms", "empty_group", "A vocabulary without a term would allow nothing.")
    terms = tuple(_term(each) for each in bodies)
    _check_spellings(terms, bodies, faults)
    body.finish(optional=("kind",))
    faults.raise_if_any(InvalidPayloadError, "The vocabulary breaks a rule.")
    return Vocabulary(own_key, terms, title)


def _term(body: Payload) -> Term:
    term = Term(body.text("key", pattern=TERM), _labels(body), body.texts("aliases", limit=100))
    body.finish()
    return term


def _labels(body: Payload) -> Labels:
    inner = body.payload("label")
    if inner is None:
        body.fault("label", "missing_key", "The key 'label' is missing.", "Write {en: Open source}.")
        return {}
    if not inner.members and not inner.faulty:
        body.fault("label", "empty_group", "A term needs a label.", "Write {en: Open source}.")
    for language in inner.members:
        if _LANGUAGE.fullmatch(str(language)) is None:
            detail = f"{str(language)[:80]!r} is no language tag."
            inner.fault(str(language), "wrong_value", detail, "Write one such as en or pt-BR.")
    return {str(language): inner.text(str(language), limit=200) for language in inner.members}


def _check_spellings(terms: tuple[Term, ...], bodies: list[Payload], faults: Faults) -> None:
    """Add a fault for each word that would stand for two terms."""
    owners: dict[str, int] = {}
    for number, (term, body) in enumerate(zip(terms, bodies, strict=True)):
        for name, word in (("key", term.key), *(("aliases", alias) for alias in term.aliases)):
            owner = owners.setdefault(_plain(word), number)
            if word and owner != number:
                detail = f"{word!r} stands for the term {terms[owner].key!r} already."
                faults.add(body.at(name), "duplicate_key", detail)
