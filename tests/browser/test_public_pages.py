"""What only a browser can tell: policies that hold, keys that work, room on a phone, no barriers."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page as Tab

from app.schemas.credential_summaries import AchievementSummary, CredentialSummary, LinkedName
from app.schemas.pages import (
    AchievementPage,
    ErrorPage,
    FrameworkItem,
    FrameworkPage,
    HomePage,
    InputProblem,
    IssuerPage,
    Page,
    StatusNote,
    VerificationForm,
    VerificationPage,
)
from tests.page_samples import NOW, REPORTS, Report, credential_page, sample_document, sample_pages

from .conftest import Opener, Scheme, Site

pytestmark = pytest.mark.browser

PATHS = [path for path in sample_pages() if not path.startswith("/problems/")] + ["/problems/not_found"]
# Pages that differ from others in nothing but a few words.
TWINS = ["/credentials/expired", "/verify-revoked", "/verify-expired", "/verify-undetermined"]
ATTACKS = [
    "<script>document.title='pwned'</script>",
    '"><img src=x onerror="document.title=\'pwned\'">',
    "'><svg onload=alert(1)>",
    "</textarea></title></style><script>alert(1)</script>",
    "javascript:document.title='pwned'",
    "[x](javascript:alert(1)) ![x](https://evil.example/pixel.png) <https://ok.example>",
    '<a href="//evil.example" style="position:fixed;inset:0">x</a><base href="https://evil.example/">',
    "{{ 7*7 }}{% raw %}${7*7}<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "W" * 400,
]


def attacked(value: object, attack: str) -> Any:  # noqa: ANN401 any JSON value goes in and comes out
    """Return `value` with every string but types and codes replaced by the attack."""
    if isinstance(value, dict):
        return {
            key: item if key in {"type", "resultType", "identityType"} else attacked(item, attack)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [attacked(item, attack) for item in value]
    return attack if isinstance(value, str) else value


def attacked_pages(attack: str) -> Iterator[Page]:
    summary = CredentialSummary.read(attacked(sample_document(), attack))
    checks = [
        replace(check, title=attack, detail=attack, remedy=attack, code=attack, clause=attack)
        for check in REPORTS["undetermined"].checks
    ]
    report = Report("undetermined", tuple(checks))
    form = VerificationForm(credential=attack, url=attack, recipient=attack)
    problem = InputProblem(title=attack, detail=attack, hint=attack, field="url")
    named = LinkedName(attack, "/")
    item = FrameworkItem(code=attack, kind=attack, label=attack, statement=attack, aliases=(attack,))
    yield replace(
        credential_page(sample_document()), summary=summary, report=report, note=StatusNote(attack, NOW)
    )
    yield VerificationPage(form=form, report=report, summary=summary, source=attack, checked_at=NOW)
    yield VerificationPage(form=form, problem=problem)
    yield IssuerPage(
        name=attack, did=attack, path="/issuers/a", description=attack, url=attack, email=attack,
        key_ids=(attack,), achievements=(named,),
    )  # fmt: skip
    achievement = AchievementSummary.read(
        attacked(sample_document(), attack)["credentialSubject"]["achievement"]
    )
    yield AchievementPage(path="/a", achievement=achievement, issuer=named, versions=(named,))
    yield FrameworkPage(
        path="/f", title=attack, version=attack, description=attack, issuer=named,
        items=(replace(item, children=(replace(item, code=f"child {attack}"),)),),
    )  # fmt: skip
    yield HomePage(issuers=(named,))
    yield ErrorPage(status=404, title=attack, detail=attack, code=attack, hint=attack, request_id=attack)


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_hostile_text_in_every_field_does_nothing(site: Site, watched: Opener, attack: str) -> None:
    visitor = watched(width=320)
    for number, view in enumerate(attacked_pages(attack)):
        path = f"/attacked/{number}"  # its own address each time: some of these pages may be cached
        site.views[path] = view
        tab = visitor.open(path)
        assert tab.title() != "pwned"
        assert tab.url == f"{site.origin}{path}"
        assert tab.locator("script, base, style, [onload], [onerror], main [style], iframe").count() == 0
        assert room_needed(tab) <= 320, path
    assert visitor.seen() == []
    asked = [path for path in site.requests if not path.startswith(("/static/", "/attacked/"))]
    assert set(asked) == {"/badge.svg"}


def test_an_inline_script_would_be_stopped_and_noticed(watched: Opener) -> None:
    visitor = watched()
    tab = visitor.open("/")
    tab.evaluate(
        "document.body.appendChild(document.createElement('script')).textContent = 'document.title=1'"
    )
    tab.evaluate("document.body.appendChild(new Image()).src = 'https://evil.example/x.png'")
    assert tab.title() != "1"
    assert len([entry for entry in visitor.seen() if "Content Security Policy" in entry]) == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 320])
def test_no_page_breaks_its_own_policy_or_is_too_wide(
    watched: Opener, screenshot_folder: Path | None, width: int, scheme: Scheme
) -> None:
    visitor = watched(width, scheme)
    for path in PATHS:
        tab = visitor.open(path)
        assert room_needed(tab) <= width, path
        if screenshot_folder:
            name = re.sub(r"\W+", "-", path.strip("/")) or "home"
            tab.screenshot(path=screenshot_folder / f"{name}-{width}-{scheme}.png", full_page=True)
    assert visitor.seen() == []


def room_needed(tab: Tab) -> int:
    width = tab.evaluate("document.documentElement.scrollWidth")
    assert isinstance(width, int)
    return width


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (375, "dark")])
def test_no_page_has_a_barrier(watched: Opener, axe_source: str, width: int, scheme: Scheme) -> None:
    visitor = watched(width, scheme)
    found = []
    for path in [path for path in PATHS if path not in TWINS]:
        tab = visitor.open(path)
        tab.evaluate(axe_source)
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        outcome = tab.evaluate(f"axe.run(document, {{runOnly: {json.dumps(tags)}}})")
        assert len(outcome["passes"]) > 10
        found += [(path, broken["id"], broken["nodes"][0]["target"]) for broken in outcome["violations"]]
    assert found == []


def focused(tab: Tab) -> str:
    """Return the name of what has the focus; it must show that it has it."""
    seen = tab.evaluate(
        """() => { const e = document.activeElement, s = getComputedStyle(e);
        return [e.id || e.textContent.trim(), s.outlineStyle, parseFloat(s.outlineWidth),
                e.getBoundingClientRect().top >= 0] }"""
    )
    name, style, width, inside = seen
    assert style == "solid", name
    assert width >= 3, name
    assert inside, name
    return str(name)


def test_the_keyboard_alone_reaches_the_form_and_sends_it(site: Site, watched: Opener) -> None:
    visitor = watched()
    tab = visitor.open("/verify")
    reached = []
    for _ in range(8):
        tab.keyboard.press("Tab")
        reached.append(focused(tab))
    assert reached == [
        "Skip to the content",
        "Leadership Passports",
        "Verify a credential",
        "file",
        "url",
        "credential",
        "recipient",
        "Verify",
    ]
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#verdict")
    assert tab.inner_text("#verdict") == "Verified"
    assert "POST /verify" in site.requests
    assert visitor.seen() == []


def test_the_skip_link_leads_past_the_header(watched: Opener) -> None:
    tab = watched().open("/credentials/verified")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert focused(tab) == "See each check"


def test_every_link_and_button_of_a_credential_can_be_reached_in_order(watched: Opener) -> None:
    tab = watched().open("/credentials/revoked")
    count = tab.locator("a").count()
    places = []
    for _ in range(count):
        tab.keyboard.press("Tab")
        focused(tab)
        places.append(tab.evaluate("[...document.querySelectorAll('a')].indexOf(document.activeElement)"))
    assert places == list(range(count))


def test_an_error_is_announced_beside_a_form_that_was_kept(watched: Opener) -> None:
    tab = watched().open("/verify-unreadable")
    assert tab.get_by_role("alert").inner_text().startswith("There is no readable credential in this")
    box = tab.get_by_label("The text of a credential")
    assert box.input_value() == '{"@context": ['
    assert box.get_attribute("aria-invalid") == "true"
    assert tab.get_by_label("E-mail address of the person").input_value() == "amina@example.org"


def test_an_address_with_a_code_leads_to_its_building_block(watched: Opener) -> None:
    tab = watched(width=375).open("/frameworks/participation-leadership/0.1#working-open")
    assert tab.evaluate("document.querySelector(':target').getBoundingClientRect().top") < 60
    assert tab.locator(":target h2").inner_text() == "Working Open"


def test_text_may_be_twice_as_large_without_loss(watched: Opener) -> None:
    tab = watched(width=640).open("/credentials/verified")
    tab.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
    assert room_needed(tab) <= 640


def test_on_paper_a_credential_keeps_its_standing_and_loses_what_cannot_be_clicked(watched: Opener) -> None:
    tab = watched().open("/credentials/revoked")
    tab.emulate_media(media="print")
    assert tab.locator(".verdict").is_visible()
    assert tab.get_by_text("https://passports.example.org/credentials/6f1d").is_visible()
    assert tab.get_by_text("Paper proves nothing").is_visible()
    assert not tab.locator(".files").is_visible()
    assert not tab.locator("header nav").is_visible()
