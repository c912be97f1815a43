"""IRIs, literals and numbers, as canonical N-Quads writes them."""

import pytest

from app.signing.jsonld import nquads
from app.signing.jsonld.refusals import Refusal

XSD = "http://www.w3.org/2001/XMLSchema#"


@pytest.mark.parametrize(
    "value", ["urn:x:1", "did:key:z6Mk#z6Mk", "https://example.org/é?a=b#c", "a+b.c-1:x"]
)
def test_absolute_iris_stand_as_they_are(value: str) -> None:
    assert nquads.iri(value) == f"<{value}>"


@pytest.mark.parametrize("value", ["", "a", "/a", "#a", "1a:b", "_:b0", "//example.org", "@id", "é:a"])
def test_relative_references_are_refused(value: str) -> None:
    with pytest.raises(Refusal) as caught:
        nquads.iri(value)
    assert caught.value.code == "relative_iri"


@pytest.mark.parametrize("character", [*'<>"{}|^`\\ \n\t\x00\x7f\x85', "\ud800"])
def test_characters_that_no_iri_holds_are_refused(character: str) -> None:
    with pytest.raises(Refusal) as caught:
        nquads.iri(f"urn:x:{character}")
    assert caught.value.code == "illegal_iri"


def test_only_the_characters_of_the_standard_are_escaped() -> None:
    # RDF Canonicalization 1.0, section 5: canonical form of N-Quads.
    assert nquads.literal('\b\t\n\f\r"\\') == r'"\b\t\n\f\r\"\\"'
    assert nquads.literal("\x00\x0b\x1f\x7f") == r'"\u0000\u000B\u001F\u007F"'
    assert nquads.literal("é\x80\u2028🎉/'") == '"é\x80\u2028🎉/\'"'


@pytest.mark.parametrize(
    ("value", "datatype", "text"),
    [
        (0, None, f'"0"^^<{XSD}integer>'),
        (-42, None, f'"-42"^^<{XSD}integer>'),
        (4.0, None, f'"4"^^<{XSD}integer>'),
        (2**53 - 1, None, f'"9007199254740991"^^<{XSD}integer>'),
        (4, f"{XSD}double", f'"4.0E0"^^<{XSD}double>'),
        (0, f"{XSD}double", f'"0.0E0"^^<{XSD}double>'),
        (0.1, None, f'"1.0E-1"^^<{XSD}double>'),
        (-89.65009999999999, None, f'"-8.965009999999999E1"^^<{XSD}double>'),
        (0.000001, None, f'"1.0E-6"^^<{XSD}double>'),
        (1.5, "urn:x:float", '"1.5E0"^^<urn:x:float>'),
        (2, "urn:x:float", '"2"^^<urn:x:float>'),
    ],
)
def test_numbers_are_written_as_the_standard_says(value: float, datatype: str | None, text: str) -> None:
    assert nquads.number(value, datatype) == text


@pytest.mark.parametrize(
    "value",
    [2**53, -(2**53), 1e21, 1e-7, -0.0, float("inf"), float("nan")],
)
def test_numbers_that_implementations_write_differently_are_refused(value: float) -> None:
    with pytest.raises(Refusal) as caught:
        nquads.number(value, None)
    assert caught.value.code == "unsafe_number"


def test_a_tie_in_the_sixteenth_digit_is_refused() -> None:
    # Python rounds ties to even, JavaScript away from zero.
    with pytest.raises(Refusal):
        nquads.number(1000000000000000.5, None)
    assert nquads.number(1000000000000.25, None) == f'"1.00000000000025E12"^^<{XSD}double>'


def test_booleans_keep_their_datatype() -> None:
    assert nquads.boolean(True, None) == f'"true"^^<{XSD}boolean>'
    assert nquads.boolean(False, "urn:x:b") == '"false"^^<urn:x:b>'
