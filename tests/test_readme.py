"""The README and the examples: what they tell people to type works."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.effort import PATIENCE
from tests.outside import find_program
from tests.stories import Service, complete, enrol, found_community, receive, whole

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


@pytest.fixture(scope="module")
def bash() -> Path:
    find_program("curl", hint="install the package curl")
    return find_program("bash", hint="install the package bash")


def run(bash: Path, script: str, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a script as a reader would in the repository's folder; it fails at its first failing command."""
    environment = {"PATH": os.environ["PATH"], "no_proxy": "*", **variables}
    command = [str(bash), "-euo", "pipefail", "-c", script]
    return subprocess.run(
        command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True, timeout=PATIENCE
    )


def test_the_readme_has_exactly_two_commands() -> None:
    assert re.findall(r"^    (\S.*)$", README, re.MULTILINE) == ["make demo", "make test"]


def test_every_page_that_the_readme_names_exists() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_five_main_calls_work(service: Service, bash: Path) -> None:
    blocks = re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
    assert len(blocks) == 5
    community = found_community(service)
    amina, benja = enrol(community), enrol(community, "benja")
    complete(community, amina)
    variables = {
        "PASSPORTS_URL": service.origin,
        "AUTHOR_TOKEN": str(community.author.token),
        "LMS_TOKEN": str(community.lms.token),
        "LEARNER": benja.id,
        "ENROLMENT": benja.enrolment,
        "CREDENTIAL_URL": receive(amina)["url"],
    }
    answers = []
    for block in blocks:
        assert re.findall(r"\$(\w+)", block)
        assert set(re.findall(r"\$(\w+)", block)) <= variables.keys()
        result = run(bash, block, variables)
        assert result.returncode == 0, f"{block}\n{result.stdout}{result.stderr}"
        answers.append(result.stdout)
    assert '"status":"accepted"' in answers[2]
    assert '"met":1' in answers[3]
    assert '"verified":true' in answers[4]


def test_the_story_with_curl_ends_verified(service: Service, bash: Path) -> None:
    administrator = service.administrator_of("community")
    variables = {"ADMIN_TOKEN": str(administrator.token)}
    result = run(bash, f"examples/curl.sh {service.origin}", variables)
    assert result.returncode == 0, f"{result.stdout}{result.stderr}"
    assert result.stdout.rstrip().endswith("is verified")
    assert len(whole(administrator)) == 1
