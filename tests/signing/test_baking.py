import zlib
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import UnreadableCredentialError
from app.signing import baking
from tests.signing.badges import DATA, chunk, needs_data, png

JWT = "eyJhbGciOiJFZERTQSJ9.e30.c2ln"
JSON = '{"name":"Grüße <&> ]]> 🎓","a":"]]>"}'
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><g fill="#fff"/></svg>'


def text_chunk(text: bytes, compression: bytes = b"\x00\x00", keyword: bytes = baking.KEYWORD) -> bytes:
    return chunk(b"iTXt", keyword + b"\x00" + compression + b"\x00\x00" + text)


@pytest.mark.parametrize("credential", [JWT, JSON])
def test_a_baked_png_gives_the_credential_back(credential: str) -> None:
    assert baking.unbake(baking.bake_png(png(), credential)) == credential


def test_baking_a_png_adds_one_chunk_before_the_end_and_changes_no_other_byte() -> None:
    plain = png(chunk(b"tIME", b"\x00" * 7))
    baked = baking.bake_png(plain, JWT)
    added = text_chunk(JWT.encode())
    assert baked == plain[:-12] + added + plain[-12:]


def test_baking_a_png_twice_replaces_the_credential() -> None:
    twice = baking.bake_png(baking.bake_png(png(), JWT), JSON)
    assert twice == baking.bake_png(png(), JSON)


def test_other_text_chunks_are_left_alone() -> None:
    plain = png(text_chunk(b"x", keyword=b"Comment"), text_chunk(b"y", keyword=b"openbadgecredentials"))
    assert baking.unbake(baking.bake_png(plain, JWT)) == JWT
    with pytest.raises(UnreadableCredentialError, match="No Open Badges"):
        baking.unbake(plain)


@pytest.mark.parametrize(
    "data",
    [
        png(text_chunk(b"{}"), text_chunk(b"{}")),
        png(text_chunk(zlib.compress(b"{}"), compression=b"\x01\x00")),
        png(text_chunk(b"\xff\xfe")),
        png(chunk(b"iTXt", baking.KEYWORD + b"\x00\x00\x00")),
        png(chunk(b"iTXt", baking.KEYWORD + b"\x00")),
        png(text_chunk(b" " * 1_000_001)),
        png()[:-1],
        png()[:-12],
        png()[:20],
        png() + b"\x00",
        png() + text_chunk(b"{}"),
        png()[:-4] + b"\x00" * 4,
        baking.PNG_SIGNATURE,
        baking.PNG_SIGNATURE + chunk(b"IEND"),
        baking.PNG_SIGNATURE + chunk(b"IHDR", b"\x00" * 12) + chunk(b"IEND"),
        baking.PNG_SIGNATURE + b"\xff\xff\xff\xffIHDR" + b"\x00" * 8,
        png(chunk(b"IHDR", b"\x00" * 13)),
        png(width=0),
        png(width=8193),
        png(height=2**31),
        png(*[chunk(b"tEXt")] * 4096),
        png(chunk(b"IDAT", b"\x00" * 10_000_000)),
    ],
)
def test_a_png_that_is_ambiguous_unsound_or_too_large_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableCredentialError):
        baking.unbake(data)


def test_only_a_png_can_be_baked_as_one() -> None:
    with pytest.raises(UnreadableCredentialError, match="not a PNG"):
        baking.bake_png(SVG, JWT)


@pytest.mark.parametrize("credential", [JWT, JSON])
@pytest.mark.parametrize(
    "svg",
    [
        SVG,
        b'<?xml version="1.0" encoding="utf-8"?>\n<!-- <svg> -->' + SVG,
        b"\xef\xbb\xbf" + SVG,
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"<s:svg xmlns:s='http://www.w3.org/2000/svg' data-a='a>b' />",
        b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="http://openbadges.org"></svg>',
        b'<svg xmlns="http://www.w3.org/2000/svg" data-x=" xmlns:openbadges="></svg>',
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://evil.example/svg11.dtd">' + SVG,
    ],
)
def test_a_baked_svg_gives_the_credential_back(svg: bytes, credential: str) -> None:
    assert baking.unbake(baking.bake_svg(svg, credential)) == credential


def test_a_jws_goes_into_the_verify_attribute_directly_after_the_start_tag() -> None:
    baked = baking.bake_svg(SVG, JWT)
    root = ET.fromstring(baked)  # noqa: S314 (made by us a line above)
    assert root[0].tag == "{https://purl.imsglobal.org/ob/v3p0}credential"
    assert root[0].attrib == {"verify": JWT}
    assert baked.startswith(b'<svg xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0" xmlns=')


def test_json_goes_into_a_cdata_section() -> None:
    assert b"><![CDATA[{" in baking.bake_svg(SVG, JSON)


def test_baking_an_svg_changes_no_byte_of_the_drawing() -> None:
    assert baking.bake_svg(SVG, JWT).endswith(SVG[SVG.index(b"<g") :])


@pytest.mark.parametrize("old", [JWT, JSON])
def test_baking_an_svg_twice_replaces_the_credential(old: str) -> None:
    once = baking.bake_svg(SVG, JWT)
    assert baking.bake_svg(baking.bake_svg(SVG, old), JWT) == once
    assert baking.bake_svg(once, JWT) == once


def test_every_old_credential_is_taken_out_when_a_new_one_goes_in() -> None:
    element = b'<b:credential xmlns:b="https://purl.imsglobal.org/ob/v3p0" verify="old"/>'
    svg = SVG.replace(b"<g", element + element + b"<g")
    with pytest.raises(UnreadableCredentialError, match="more than one"):
        baking.unbake(svg)
    baked = baking.bake_svg(svg, JWT)
    assert b"old" not in baked
    assert baking.unbake(baked) == JWT


def test_the_credential_is_found_by_namespace_and_not_by_prefix() -> None:
    element = b'<x:credential xmlns:x="https://purl.imsglobal.org/ob/v3p0"> {"a": 1} </x:credential>'
    assert baking.unbake(SVG.replace(b"<g", element + b"<g")) == '{"a": 1}'


OTHER = b'<openbadges:assertion xmlns:openbadges="http://openbadges.org" verify="x.y.z"/>'
DOUBLE = b'<b:credential xmlns:b="https://purl.imsglobal.org/ob/v3p0" verify="x">{}</b:credential>'
NESTED = b'<b:credential xmlns:b="https://purl.imsglobal.org/ob/v3p0"><b:credential/></b:credential>'


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"GIF89a",
        b"<html/>",
        b"<svg/>",
        SVG,
        SVG[:-1],
        SVG.replace(b"<g", OTHER + b"<g"),
        SVG.replace(b"<g", DOUBLE + b"<g"),
        SVG.replace(b"<g", NESTED + b"<g"),
        b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG,
        b"<!DOCTYPE svg [<!ATTLIST svg x CDATA 'y'>]>" + SVG,
        b'<!DOCTYPE svg [<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]>' + SVG,
        SVG.replace(b"<g", b"&undefined;<g"),
        SVG.decode().encode("utf-16"),
        b'<svg xmlns="http://www.w3.org/2000/svg">\xff</svg>',
        b'<svg xmlns="http://www.w3.org/2000/svg">' + b"<g>" * 64 + b"</g>" * 64 + b"</svg>",
        b'<svg xmlns="http://www.w3.org/2000/svg">' + b"<g/>" * 20_000 + b"</svg>",
        SVG + b" " * 10_000_000,
    ],
)
def test_an_svg_without_exactly_one_credential_or_with_a_trick_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableCredentialError):
        baking.unbake(data)


@pytest.mark.parametrize("credential", ['{"a":"\ufffe"}', '{"a":\r1}', "\x00"])
def test_text_that_xml_would_not_keep_is_not_baked(credential: str) -> None:
    with pytest.raises(UnreadableCredentialError, match="XML"):
        baking.bake_svg(SVG, credential)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1))
def test_any_text_comes_back_unchanged_from_both_kinds_of_picture(text: str) -> None:
    credential = "{" + text + "}"
    assert baking.unbake(baking.bake_png(png(), credential)) == credential
    assert baking.unbake(baking.bake_svg(SVG, credential)) == credential


@given(st.binary(max_size=200), st.sampled_from([baking.PNG_SIGNATURE, SVG[:-6], b""]))
def test_no_bytes_do_worse_than_be_refused(tail: bytes, head: bytes) -> None:
    with pytest.raises(UnreadableCredentialError):
        baking.unbake(head + tail)


@needs_data
@pytest.mark.parametrize("name", ["simple-json.png", "simple-jwt.svg", "simple-jwt_v1.png"])
def test_the_published_baked_badges_are_read(name: str) -> None:
    credential = baking.unbake((DATA / "fixtures" / name).read_bytes())
    assert credential.startswith("{" if "json" in name else "eyJ")
