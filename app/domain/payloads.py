"""Reads a document key by key and collects everything that is wrong with it, each with its place.

Reading goes on after a fault with a harmless value, so that one answer names all faults.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from app.domain.instants import parse_instant
from app.errors import Fault, PassportsError

_IN_WORDS: dict[re.Pattern[str], str] = {}


def form(pattern: str, words: str) -> re.Pattern[str]:
    """Return a pattern of texts (ASCII), which faults describe in these `words` after "is not"."""
    compiled = re.compile(pattern, re.ASCII)
    _IN_WORDS[compiled] = words
    return compiled


KEY = form(
    r"[a-z0-9][a-z0-9-]{1,62}",
    "a key: 2 to 63 of a-z, 0-9 and hyphens, such as community-project, no hyphen first",
)
CODE = form(
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}",
    "a code: up to 63 letters without accents, digits and . _ -, such as WL-1.2",
)
TERM = form(
    r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,62}",
    "a term: up to 63 letters without accents, digits and . _ : / -, such as community-project",
)
VERSION = form(
    r"(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5})){0,2}(-[0-9A-Za-z.-]{1,40})?",
    "a version: one to three numbers with points between, such as 1.0.0 or 2.1",
)
REFERENCE = form(
    rf"{KEY.pattern}(@{VERSION.pattern})?", "a key with a version or without, such as web-literacy@1.0.0"
)

_NOT_IN_A_URL = re.compile(r"[\x00-\x20<>\"{}|^`\\\x7f]")
"""What no URI may hold unencoded (RFC 3986, RFC 3987): a credential with it would not be signed."""

MAX_LIST = 100
MAX_FAULTS = 100
"""More are not kept: nobody reads them, and a hostile document could ask for a million."""


def pointer_to(parent: str, name: str | int) -> str:
    """Return the JSON Pointer of a member (RFC 6901, 3)."""
    return f"{parent}/{str(name).replace('~', '~0').replace('/', '~1')}"


@dataclass(slots=True)
class Faults:
    """What was found wrong, in document order of reading; the first `MAX_FAULTS` of it."""

    found: list[Fault] = field(default_factory=list)

    @property
    def full(self) -> bool:
        """Whether looking for more is in vain."""
        return len(self.found) >= MAX_FAULTS

    def add(self, pointer: str, code: str, detail: str, hint: str | None = None) -> None:
        """Keep one fault."""
        if not self.full:
            self.found.append(Fault(pointer, code, detail, hint))

    def raise_if_any(self, error: type[PassportsError], detail: str) -> None:
        """Raise `error` with all faults, if there are any."""
        if self.found:
            raise error(detail, faults=self.found)


class Payload:
    """One mapping of a document at `pointer`.

    Each method reads one key and returns its value, or the harmless value after adding a fault.
    `finish` refuses the keys that nobody read.
    """

    def __init__(self, value: object, pointer: str, faults: Faults) -> None:
        self.pointer = pointer
        self.faults = faults
        self._known: list[str] = []
        if not isinstance(value, Mapping):
            faults.add(pointer, "wrong_type", f"This is {name_of(value)}; it has to be a mapping.")
            value = {}
            self.faulty = True
        else:
            self.faulty = False
        self.members: Mapping[Any, Any] = value

    def at(self, name: str | int) -> str:
        """Return the pointer of the member `name`."""
        return pointer_to(self.pointer, name)

    def has(self, name: str) -> bool:
        """Tell whether `name` stands in the document with a value other than null."""
        return self.members.get(name) is not None

    def raw(self, name: str) -> Any:  # noqa: ANN401 (a document's value)
        """Return the unread value of `name`, or None, and count it as read."""
        if name not in self._known:
            self._known.append(name)
        return self.members.get(name)

    def fault(self, name: str, code: str, detail: str, hint: str | None = None) -> None:
        """Add a fault at the member `name`."""
        self.faults.add(self.at(name), code, detail, hint)

    def text(self, name: str, *, pattern: re.Pattern[str] | None = None, limit: int = 500) -> str:
        """Return a required text, or "" after a fault."""
        value = self.optional_text(name, pattern=pattern, limit=limit)
        if value is None:
            if not self.faulty and self.members.get(name) is None:
                self.fault(name, "missing_key", f"The key {name!r} is missing.")
            return ""
        return value

    def optional_text(
        self, name: str, *, pattern: re.Pattern[str] | None = None, limit: int = 500
    ) -> str | None:
        """Return a text, or None when it is absent or faulty."""
        value = self.raw(name)
        if value is None:
            return None
        return self._checked_text(self.at(name), value, pattern, limit)

    def _checked_text(
        self, pointer: str, value: object, pattern: re.Pattern[str] | None, limit: int
    ) -> str | None:
        if not isinstance(value, str):
            self.faults.add(pointer, "wrong_type", f"This is {name_of(value)}; it has to be a text.")
        elif not value.strip():
            self.faults.add(pointer, "wrong_value", "This text is empty.")
        elif len(value) > limit:
            self.faults.add(pointer, "too_long", f"This text is longer than {limit} characters.")
        elif pattern is not None and pattern.fullmatch(value) is None:
            wanted = _IN_WORDS.get(pattern, f"of the form {pattern.pattern}")
            self.faults.add(pointer, "wrong_value", f"{value[:80]!r} is not {wanted}")
        else:
            return value
        return None

    def key_of(self, name: str, *, known: str | None) -> str:
        """Return the key in the document, which must be the one already known from the URL, if any."""
        value = self.optional_text(name, pattern=KEY)
        if value is None and known is None and not self.has(name):
            return self.text(name)
        if value is not None and known is not None and value != known:
            self.fault(name, "wrong_value", f"The document says {value!r} and the address says {known!r}.")
        return known or value or ""

    def texts(
        self, name: str, *, pattern: re.Pattern[str] | None = None, limit: int = 200
    ) -> tuple[str, ...]:
        """Return the texts of a list without repetition; one text alone is a list of one."""
        value = self.raw(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            text = self._checked_text(self.at(name), value, pattern, limit)
            return () if text is None else (text,)
        if len(value) > MAX_LIST:
            self.fault(name, "too_long", f"This list is longer than {MAX_LIST}.")
            return ()
        place = self.at(name)
        read = (
            self._checked_text(pointer_to(place, index), each, pattern, limit)
            for index, each in enumerate(value)
        )
        return tuple(dict.fromkeys(text for text in read if text is not None))

    def one_of(self, name: str, allowed: tuple[str, ...], *, default: str | None = None) -> str:
        """Return one of `allowed`; without a default the key is required."""
        value = self.raw(name)
        if value is None:
            if default is None and not self.faulty:
                self.fault(name, "missing_key", f"The key {name!r} is missing.", _list(allowed))
            return default or allowed[0]
        return self.check_word(self.at(name), value, allowed) or default or allowed[0]

    def check_word(self, pointer: str, value: object, allowed: tuple[str, ...]) -> str | None:
        """Return `value` if it is one of `allowed`; else add a fault that names the nearest."""
        if isinstance(value, str) and value in allowed:
            return value
        shown = repr(value)[:80]
        self.faults.add(pointer, "wrong_value", f"{shown} is not known here.", nearest(str(value), allowed))
        return None

    def integer(self, name: str, low: int, high: int) -> int | None:
        """Return an integer from `low` to `high`, or None when it is absent or faulty."""
        value = self.raw(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            self.fault(name, "wrong_type", f"This is {name_of(value)}; it has to be a whole number.")
        elif not low <= value <= high:
            self.fault(name, "wrong_value", f"{value} is not between {low} and {high}.")
        else:
            return value
        return None

    def flag(self, name: str) -> bool:
        """Return a boolean; absent is false."""
        value = self.raw(name)
        if value is not None and not isinstance(value, bool):
            self.fault(name, "wrong_type", f"This is {name_of(value)}; it has to be true or false.")
        return value is True

    def instant(self, name: str, *, required: bool = False) -> datetime | None:
        """Return a date or date-time with its zone, or None when it is absent or faulty."""
        value = self.text(name) if required else self.optional_text(name)
        if not value:
            return None
        try:
            return parse_instant(value)
        except ValueError as error:
            self.fault(name, "wrong_value", f"{error}.")
            return None

    def web_address(self, name: str) -> str | None:
        """Return an absolute http or https URL, or None when it is absent or faulty."""
        value = self.optional_text(name, limit=2000)
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            fine = (
                parts.scheme in ("http", "https") and bool(parts.hostname) and not _NOT_IN_A_URL.search(value)
            )
        except ValueError:
            fine = False
        if not fine:
            self.fault(name, "wrong_value", f"{value[:80]!r} is not an absolute http or https address.")
            return None
        return value

    def payload(self, name: str) -> "Payload | None":
        """Return the mapping at `name`, or None when it is absent."""
        value = self.raw(name)
        return None if value is None else Payload(value, self.at(name), self.faults)

    def payloads(self, name: str, *, limit: int = MAX_LIST) -> "list[Payload]":
        """Return the mappings of the list at `name`; an absent list is empty."""
        value = self.raw(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fault(name, "wrong_type", f"This is {name_of(value)}; it has to be a list.")
            return []
        if len(value) > limit:
            self.fault(name, "too_long", f"This list is longer than {limit}.")
            return []
        place = self.at(name)
        return [Payload(each, pointer_to(place, index), self.faults) for index, each in enumerate(value)]

    def finish(self, *, optional: tuple[str, ...] = ()) -> None:
        """Refuse each key that was not read; `optional` ones are let through unread."""
        known = (*self._known, *optional)
        for name in self.members:
            if name in known or self.faults.full:
                continue
            shown = str(name)
            self.fault(
                shown, "unknown_key", f"The key {shown[:80]!r} is not known here.", nearest(shown, known)
            )


def nearest(word: str, allowed: tuple[str, ...]) -> str:
    """Return a hint: the word that was probably meant, or all that are allowed."""
    close = get_close_matches(word, allowed, n=1)
    return f"Did you mean {close[0]!r}?" if close else _list(allowed)


def _list(allowed: tuple[str, ...]) -> str:
    return f"Allowed: {', '.join(allowed)}."


def name_of(value: object) -> str:
    """Return what a JSON value is, in words."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case _:
            return "a mapping"
