"""The real application in a real browser: what its pages show of a credential from its issue to its end."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

from tests.stories import (
    Community,
    Json,
    Service,
    complete,
    enrol,
    found_community,
    receive,
    running,
    wait_for,
)

from .conftest import Opener, Scheme, watching

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Story:
    """A service with one credential in force and one that was revoked."""

    service: Service
    community: Community
    valid: Json
    revoked: Json

    def path(self, credential: Json) -> str:
        return str(credential["url"]).removeprefix(self.service.origin)

    @property
    def pages(self) -> dict[str, str]:
        achievement = f"/achievements/{self.valid['achievement']}"
        return {
            "home": "/",
            "credential": self.path(self.valid),
            "revoked": self.path(self.revoked),
            "verifier": "/verify",
            "achievement": achievement,
            "criteria": f"{achievement}/criteria",
            "framework": "/frameworks/participation-leadership/0.1",
            "issuer": "/issuers/community",
            "problem": "/problems/not_complete",
            "missing": "/missing",
            "no-credential": f"/credentials/{'0' * 32}",
        }


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("service")
    with running(f"sqlite:///{folder}/service.sqlite3", folder) as service:
        community = found_community(service)
        issued = []
        for name in ("amina", "ben"):
            candidate = enrol(community, name)
            complete(community, candidate)
            issued.append(receive(candidate))
        valid, revoked = issued
        reason = {"reason": "Awarded to the wrong person."}
        community.administrator.post(f"/v1/credentials/{revoked['id']}/revoke", reason, expect=200)
        stranger = service.as_(None)
        question = {"url": revoked["url"]}
        wait_for(lambda: not stranger.post("/verify", question, expect=200)["verified"])
        yield Story(service, community, valid, revoked)


@pytest.fixture
def visitor(browser: Browser, story: Story) -> Iterator[Opener]:
    with watching(browser, story.service.origin, "/missing", "/credentials/0", "/verify") as make:
        yield make


def photograph(tab: Tab, folder: Path | None, name: str) -> None:
    if folder:
        tab.screenshot(path=folder / f"service-{name}.png", full_page=True)


def barriers(tab: Tab, axe_source: str) -> list[tuple[str, str]]:
    tab.evaluate(axe_source)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    outcome = tab.evaluate(f"axe.run(document, {{runOnly: {json.dumps(tags)}}})")
    assert len(outcome["passes"]) > 10
    return [(broken["id"], str(broken["nodes"][0]["target"])) for broken in outcome["violations"]]


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (360, "dark")])
def test_no_page_breaks_a_policy_or_has_a_barrier(
    story: Story,
    visitor: Opener,
    axe_source: str,
    screenshot_folder: Path | None,
    width: int,
    scheme: Scheme,
) -> None:
    watched, found = visitor(width, scheme), {}
    for name, path in story.pages.items():
        tab = watched.open(path)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, name
        photograph(tab, screenshot_folder, f"{name}-{width}-{scheme}")
        found[name] = barriers(tab, axe_source)
    assert {name: broken for name, broken in found.items() if broken} == {}
    assert watched.seen() == []


def test_every_link_leads_somewhere(story: Story, visitor: Opener) -> None:
    watched, origin, links = visitor(), story.service.origin, set[str]()
    for path in story.pages.values():
        tab = watched.open(path)
        links |= set(tab.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.href)"))
        images = tab.evaluate("[...document.images].map(i => [i.src, i.naturalWidth])")
        assert [source for source, width in images if width == 0] == []
    own = {link.split("#")[0] for link in links if link.startswith(origin)}
    assert any(link.endswith(".png") for link in own)
    own -= {origin + story.pages["missing"], origin + story.pages["no-credential"]}  # "Skip to the content"
    assert [link for link in sorted(own) if story.service.client.get(link).status_code != 200] == []


def test_a_credential_shows_what_was_earned_and_a_revoked_one_why_it_does_not_hold(
    story: Story, visitor: Opener
) -> None:
    tab = visitor().open(story.path(story.valid))
    assert tab.inner_text("#verdict") == "Verified"
    assert tab.get_by_role("heading", name="Community Leadership Passport").first.is_visible()
    assert tab.get_by_text("Working Open").first.is_visible()
    tab = visitor().open(story.path(story.revoked))
    assert tab.inner_text("#verdict") == "Revoked"
    assert tab.get_by_text("Awarded to the wrong person.").is_visible()
    for text in (story.valid["learner"], "amina@example.org", "ben@example.org", "rosa"):
        assert text not in tab.content()


def answered(tab: Tab) -> str:
    tab.get_by_role("button", name="Verify").click()
    tab.wait_for_load_state()
    return tab.inner_text("h2 >> nth=0")


def test_the_verifier_takes_text_a_picture_and_an_address(
    story: Story, visitor: Opener, axe_source: str, screenshot_folder: Path | None, tmp_path: Path
) -> None:
    watched, fetch = visitor(), story.service.client.get
    tab = watched.open("/verify")
    tab.get_by_label("The text of a credential").fill(fetch(f"{story.valid['url']}.json").text)
    assert answered(tab) == "Verified"
    photograph(tab, screenshot_folder, "verified-by-text")
    assert barriers(tab, axe_source) == []

    picture = tmp_path / "badge.png"
    picture.write_bytes(fetch(f"{story.revoked['url']}.png").content)
    tab = watched.open("/verify")
    tab.get_by_label("A file").set_input_files(picture)
    assert answered(tab) == "Revoked"
    photograph(tab, screenshot_folder, "revoked-by-picture")
    assert tab.get_by_text("Read from a PNG picture").is_visible()

    tab = watched.open("/verify")
    tab.get_by_label("Its address").fill(story.valid["url"])
    tab.get_by_label("E-mail address of the person").fill("Amina@example.org")
    assert answered(tab) == "Verified"
    assert watched.seen() == []


def test_what_cannot_be_read_is_said_beside_the_field(
    story: Story, visitor: Opener, axe_source: str, screenshot_folder: Path | None, tmp_path: Path
) -> None:
    notes = tmp_path / "notes.png"
    notes.write_bytes(b"shopping list")
    watched = visitor(width=360)
    tab = watched.open("/verify")
    tab.get_by_label("A file").set_input_files(notes)
    tab.get_by_label("E-mail address of the person").fill("amina@example.org")
    answered(tab)
    told = tab.get_by_role("alert").inner_text()
    assert re.match("There is no readable credential", told)
    assert "as the issuer gave it to you" in told
    assert tab.get_by_label("A file").get_attribute("aria-invalid") == "true"
    assert tab.get_by_label("E-mail address of the person").input_value() == "amina@example.org"
    photograph(tab, screenshot_folder, "unreadable-360")
    assert barriers(tab, axe_source) == []

    tab = watched.open("/verify")
    tab.get_by_label("Its address").fill("https://badges.example.org/credentials/7f")
    answered(tab)
    assert tab.get_by_label("Its address").get_attribute("aria-invalid") == "true"
    assert tab.get_by_text("upload it, or paste its text").is_visible()
    assert story.service.origin in tab.get_by_role("alert").inner_text()
    assert watched.seen() == []


def test_what_is_nowhere_is_a_page_that_helps(story: Story, visitor: Opener) -> None:
    tab = visitor().open(f"/credentials/{'0' * 32}")
    assert "There is no credential at this address" in tab.inner_text("main")
    assert tab.locator("main a").count() > 0
    assert story.service.client.get("/missing", headers={"Accept": "text/html"}).status_code == 404
