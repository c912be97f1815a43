from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from app.domain.badge_images import MAX_BLOCKS, draw_svg

SVG = "{http://www.w3.org/2000/svg}"
SIX = [
    "Personal Leadership",
    "Essential Knowledge",
    "Building for Action and Impact",
    "Working Open",
    "Developing Specialization",
    "Empowering Teams and People",
]


def drawn(
    title: str = "Passport", issuer: str = "Issuer", blocks: list[str] | None = None, version: str = "1.0.0"
) -> Element:
    parsed: Element = fromstring(draw_svg(title, issuer, blocks or [], version))
    return parsed


def words(svg: Element, *, curved: bool) -> list[str]:
    return [each.text or "" for each in svg.iter(f"{SVG}{'textPath' if curved else 'text'}") if each.text]


def patch_colours(svg: Element) -> list[str]:
    return [each.get("stroke", "") for each in svg.iter(f"{SVG}path") if each.get("stroke-width") == "80"]


def test_the_same_words_give_the_same_bytes() -> None:
    assert draw_svg("A", "B", SIX, "1") == draw_svg("A", "B", SIX, "1")


def test_a_reader_who_does_not_see_is_told_what_is_there() -> None:
    svg = drawn("Community Leadership", "Open Network", ["Working Open"], "1.0.0")
    assert svg.get("role") == "img"
    named = {each.get("id"): each.text for each in svg if each.get("id")}
    assert svg.get("aria-labelledby") == " ".join(str(name) for name in named)
    assert list(named.values()) == [
        "Community Leadership",
        "A round badge, version 1.0.0, issued by Open Network. Building blocks: Working Open.",
    ]


def test_a_badge_about_nothing_still_describes_itself() -> None:
    assert "A round badge.</desc>" in draw_svg("", "", [], "")


def test_title_issuer_version_and_all_six_blocks_are_written_out() -> None:
    svg = drawn("Community Leadership Passport", "Open Network", SIX)
    assert words(svg, curved=False) == ["Community", "Leadership", "Passport", "Open Network", "1.0.0"]
    assert " ".join(words(svg, curved=True)) == " ".join(SIX)


@pytest.mark.parametrize("count", range(1, MAX_BLOCKS + 1))
def test_each_block_has_a_patch_and_neighbours_differ(count: int) -> None:
    colours = patch_colours(drawn(blocks=[f"B{number}" for number in range(count)]))
    assert len(colours) == count
    if count > 1:
        assert all(one != other for one, other in zip(colours, colours[1:] + colours[:1], strict=True))


@pytest.mark.parametrize("blocks", [[], ["Block"] * (MAX_BLOCKS + 1)])
def test_without_blocks_or_with_too_many_the_ring_is_a_pattern(blocks: list[str]) -> None:
    svg = drawn(blocks=blocks)
    assert len(patch_colours(svg)) == 12
    assert words(svg, curved=True) == []


def test_a_name_that_no_patch_holds_is_left_to_the_description() -> None:
    name = "Donaudampfschifffahrtsgesellschaft"
    svg = drawn(blocks=[name, *(f"B{number}" for number in range(9))])
    assert name not in words(svg, curved=True)
    assert name in draw_svg("T", "I", [name], "1")


def test_the_names_below_are_not_upside_down() -> None:
    paths = {each.get("id"): each.get("d", "") for each in drawn(blocks=SIX).iter(f"{SVG}path")}
    top, bottom = str(paths["badge-arc-0-0"]), str(paths["badge-arc-3-0"])
    start_of = {name: float(path[1:].split(" ")[0]) for name, path in [("top", top), ("bottom", bottom)]}
    assert start_of["top"] < 300
    assert start_of["bottom"] < 300


def test_markup_and_forbidden_characters_stay_words() -> None:
    svg = drawn('<b>&amp; "x" ]]>\x00\x1b\ufffe', "I & Co <script>", ["<i>"], "1\n2")
    assert svg.findtext(f"{SVG}title") == '<b>&amp; "x" ]]>'
    assert "I & Co <script>" in words(svg, curved=False)
    assert words(svg, curved=True) == ["<i>"]
    assert "1 2" in words(svg, curved=False)


def test_a_long_title_is_set_smaller_and_one_beyond_all_measure_is_cut() -> None:
    short, long = (words(drawn(title), curved=False) for title in ("Open", "Leadership " * 60))
    assert short[0] == "Open"
    assert long[-3].endswith("…")
    assert len(long) > 7


def test_a_long_name_of_an_issuer_takes_two_lines() -> None:
    lines = words(drawn(issuer="An organisation with a really very long name that goes on"), curved=False)
    assert lines[1] == "An organisation with a really"
    assert lines[2].endswith("…")


def test_an_absent_version_is_not_written() -> None:
    assert words(drawn(version=""), curved=False) == ["Passport", "Issuer"]


@given(
    st.text(max_size=120),
    st.text(max_size=60),
    st.lists(st.text(max_size=40), max_size=20),
    st.text(max_size=9),
)
def test_any_words_make_well_formed_svg(title: str, issuer: str, blocks: list[str], version: str) -> None:
    assert drawn(title, issuer, blocks, version).tag == f"{SVG}svg"
