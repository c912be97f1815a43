"""A credential inside a picture: PNG `iTXt` chunk or SVG element (Open Badges 3.0, "Baked Badge").

Pictures are never decoded: PNG is walked chunk by chunk, SVG is parsed without entities, and baking
leaves every other byte as it is. Whatever is ambiguous, two credentials above all, is refused.
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException, DTDForbidden
from defusedxml.ElementTree import DefusedXMLParser

from app.errors import UnreadableCredentialError

MAX_IMAGE_BYTES: Final = 10_000_000
MAX_CREDENTIAL_CHARACTERS: Final = 1_000_000
MAX_CHUNKS: Final = 4_096
MAX_PIXELS_A_SIDE: Final = 8_192
MAX_NODES: Final = 20_000
MAX_DEPTH: Final = 64

PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
KEYWORD: Final = b"openbadgecredential"
NAMESPACE: Final = "https://purl.imsglobal.org/ob/v3p0"
SVG_NAMESPACE: Final = "http://www.w3.org/2000/svg"

_CREDENTIAL_TAG: Final = f"{{{NAMESPACE}}}credential"
_PLAIN_TEXT: Final = (
    b"\x00\x00\x00\x00\x00"  # end of keyword, no compression, method 0, no language, no translation
)
_FORBIDDEN_IN_XML: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DECLARATION: Final = (
    f' xmlns:openbadges="{NAMESPACE}"'.encode()
)  # on the root, and where another may hide it
_NAME: Final = re.compile(rb"<[^\s/>]+")
_TAG: Final = re.compile(rb"<(?:[^\"'>]|\"[^\"]*\"|'[^']*')*>")
_COMPACT_JWS: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)


def bake_png(png: bytes, credential: str) -> bytes:
    """Return `png` with `credential` in one uncompressed `iTXt` chunk before its end, replacing any other.

    Raises `UnreadableCredentialError` for bytes that are no sound PNG.
    """
    kept = [whole for kind, data, whole in _chunks(png) if not _is_credential(kind, data)]
    text = credential.encode()
    baked = _chunk(b"iTXt", KEYWORD + _PLAIN_TEXT + text)
    return PNG_SIGNATURE + b"".join([*kept[:-1], baked, kept[-1]])


def bake_svg(svg: bytes, credential: str) -> bytes:
    """Return `svg` with `credential` as the first child of its root, replacing any other.

    Raises `UnreadableCredentialError` for bytes that are no sound SVG, and for a credential with
    characters that XML cannot hold.
    """
    if _FORBIDDEN_IN_XML.search(credential):
        raise UnreadableCredentialError("The credential holds a character that XML cannot carry.")
    found = _read_svg(svg)
    for old in reversed(found.credentials):
        svg = svg[: old.start] + svg[old.end :]
    end = end_of_tag(svg, found.root_start)
    head, tag, rest = svg[: found.root_start], svg[found.root_start : end], svg[end:]
    name = tag[: _NAME.match(tag).end()]  # type: ignore[union-attr] # a tag has a name
    attributes = tag[len(name) :]
    if b"xmlns:openbadges" not in attributes:
        attributes = _DECLARATION + attributes
    if attributes.endswith(b"/>"):
        attributes, rest = attributes[:-2] + b">", b"</" + name[1:] + b">" + rest
    return head + name + attributes + _svg_element(credential) + rest


def unbake(data: bytes) -> str:
    """Return the credential, JSON or compact JWS, that a PNG or SVG carries.

    Raises `UnreadableCredentialError` when there is none, more than one, or the picture is not sound.
    """
    if data.startswith(PNG_SIGNATURE):
        texts = [_text_of(chunk) for kind, chunk, _ in _chunks(data) if _is_credential(kind, chunk)]
    else:
        texts = [element.text for element in _read_svg(data).credentials]
    if not texts:
        raise UnreadableCredentialError("No Open Badges 3.0 credential is baked into this picture.")
    if len(texts) > 1:
        raise UnreadableCredentialError(
            "The picture holds more than one credential; which one counts is open."
        )
    if len(texts[0]) > MAX_CREDENTIAL_CHARACTERS:
        raise UnreadableCredentialError(
            f"The baked credential is longer than {MAX_CREDENTIAL_CHARACTERS} characters."
        )
    return texts[0].strip()


# PNG (ISO/IEC 15948) ----------------------------------------------------------------------------------


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yield kind, data and whole bytes of every chunk from IHDR to IEND, each with a good checksum."""
    if len(png) > MAX_IMAGE_BYTES:
        raise UnreadableCredentialError(f"The picture is larger than {MAX_IMAGE_BYTES} bytes.")
    if not png.startswith(PNG_SIGNATURE):
        raise UnreadableCredentialError("The picture is not a PNG.")
    position, kind = len(PNG_SIGNATURE), b""
    for count in range(MAX_CHUNKS):
        kind, data, end = _chunk_at(png, position)
        if (kind == b"IHDR") != (count == 0):
            raise UnreadableCredentialError("The PNG does not start with its one IHDR chunk.")
        if kind == b"IHDR":
            _check_size(data)
        yield kind, data, png[position:end]
        position = end
        if kind == b"IEND":
            break
    if kind != b"IEND" or position != len(png):
        raise UnreadableCredentialError(
            f"The PNG has more than {MAX_CHUNKS} chunks, or something follows its end."
        )


def _chunk_at(png: bytes, position: int) -> tuple[bytes, bytes, int]:
    """Return kind, data and end of the chunk at `position`."""
    if position + 12 > len(png):
        raise UnreadableCredentialError("The PNG is cut off.")
    length, kind = struct.unpack_from(">I4s", png, position)
    end = position + 12 + length
    if end > len(png):
        raise UnreadableCredentialError("The PNG is cut off.")
    data = png[position + 8 : end - 4]
    if zlib.crc32(kind + data) != int.from_bytes(png[end - 4 : end], "big"):
        raise UnreadableCredentialError("A chunk of the PNG has a wrong checksum.")
    return kind, data, end


def _check_size(header: bytes) -> None:
    if len(header) != 13:  # noqa: PLR2004 (the length of IHDR, 11.2.2)
        raise UnreadableCredentialError("The PNG's header has a wrong length.")
    if not all(0 < side <= MAX_PIXELS_A_SIDE for side in struct.unpack_from(">II", header)):
        raise UnreadableCredentialError(f"The PNG is not 1 to {MAX_PIXELS_A_SIDE} pixels wide and high.")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _is_credential(kind: bytes, data: bytes) -> bool:
    return kind == b"iTXt" and data.startswith(KEYWORD + b"\x00")


def _text_of(data: bytes) -> str:
    """Return the text of an iTXt chunk (11.3.3.4), which Open Badges wants uncompressed."""
    compressed, rest = data[len(KEYWORD) + 1 : len(KEYWORD) + 2], data[len(KEYWORD) + 3 :]
    if compressed != b"\x00":
        raise UnreadableCredentialError("The baked credential is compressed, which Open Badges 3.0 forbids.")
    try:
        _language, _translated, text = rest.split(b"\x00", 2)
        return text.decode("utf-8")
    except ValueError as error:
        raise UnreadableCredentialError("The baked credential's iTXt chunk is malformed.") from error


# SVG --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Element:
    """A credential element: where its bytes lie, and the text in it."""

    start: int
    end: int
    text: str


@dataclass(slots=True)
class _Svg:
    """What baking has to know of an SVG."""

    root_start: int = -1
    credentials: list[_Element] = field(default_factory=list)


class _Parser(DefusedXMLParser):
    """No entities and nothing external; a document type is let pass only when it declares nothing itself.

    Drawing programs write `<!DOCTYPE svg PUBLIC …>`, which is never fetched.
    """

    def defused_start_doctype_decl(
        self,
        name: str,
        sysid: str | None,
        pubid: str | None,
        has_internal_subset: bool,  # noqa: FBT001 (expat's signature)
    ) -> None:
        """Refuse a document type with declarations of its own."""
        if has_internal_subset:
            raise DTDForbidden(name, sysid, pubid)


class _Reader:
    """The parser's target: counts nodes and depth, remembers the root and the credential elements."""

    def __init__(self, svg: bytes) -> None:
        self.svg = svg
        self.found = _Svg()
        self.position: Callable[[], int] = lambda: 0
        self._depth = self._nodes = 0
        self._inside: list[str] | None = None

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take a start tag."""
        self._depth, self._nodes = self._depth + 1, self._nodes + 1
        if self._depth > MAX_DEPTH or self._nodes > MAX_NODES:
            raise UnreadableCredentialError("The SVG has too many or too deeply nested elements.")
        if self._depth == 1:
            if tag != f"{{{SVG_NAMESPACE}}}svg":
                raise UnreadableCredentialError("The picture is neither PNG nor SVG.")
            self.found.root_start = self.position()
        elif tag == _CREDENTIAL_TAG:
            if self._inside is not None:
                raise UnreadableCredentialError("A credential element stands within another.")
            self._inside = [attributes.get("verify", "")]
            self.found.credentials.append(_Element(self.position(), -1, ""))

    def data(self, text: str) -> None:
        """Take character data."""
        if self._inside is not None:
            self._inside.append(text)

    def end(self, tag: str) -> None:
        """Take an end tag, or the end of an empty element."""
        self._depth -= 1
        if tag != _CREDENTIAL_TAG or self._inside is None:
            return
        attribute, text = self._inside[0], "".join(self._inside[1:])
        if attribute and text.strip():
            raise UnreadableCredentialError("The credential element has both a verify attribute and text.")
        element = self.found.credentials[-1]
        element.text = attribute or text
        opened = end_of_tag(self.svg, element.start)
        is_empty = self.svg[opened - 2 : opened] == b"/>"
        element.end = opened if is_empty else end_of_tag(self.svg, self.position())
        self._inside = None

    def close(self) -> _Svg:
        """Return what was found."""
        return self.found


def _read_svg(svg: bytes) -> _Svg:
    if len(svg) > MAX_IMAGE_BYTES:
        raise UnreadableCredentialError(f"The picture is larger than {MAX_IMAGE_BYTES} bytes.")
    reader = _Reader(svg)
    parser = _Parser(target=reader, encoding="utf-8", forbid_dtd=True)
    reader.position = lambda: parser.parser.CurrentByteIndex
    try:
        svg.decode("utf-8")  # expat would follow a byte order mark into another encoding
        parser.feed(svg)
        parser.close()
    except (ParseError, DefusedXmlException, UnicodeDecodeError) as error:
        raise UnreadableCredentialError(
            "The picture is neither a PNG nor a plain SVG without entities."
        ) from error
    return reader.found


def end_of_tag(svg: bytes, start: int) -> int:
    """Return the position after the `>` that ends the tag at `start`, in well-formed XML."""
    tag = _TAG.match(svg, start)
    assert tag is not None
    return tag.end()


def _svg_element(credential: str) -> bytes:
    """Return the element as the standard writes it: a JWS in `verify`, JSON in a CDATA section."""
    verify, text = "", ""
    if _COMPACT_JWS.fullmatch(credential):
        verify = f' verify="{credential}"'
    else:
        text = "<![CDATA[" + credential.replace("]]>", "]]]]><![CDATA[>") + "]]>"
    tag = _DECLARATION.decode() + verify
    return f"<openbadges:credential{tag}>{text}</openbadges:credential>".encode()
