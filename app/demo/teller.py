"""Makes the calls of the story and says each of them in one line."""

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

WORDS = 66
"""Columns for what a step does; its method, status and address follow."""

Say = Callable[[str], None]


class StoryEndedError(Exception):
    """A call was not answered as the story needs it; the text says which and how."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request: who sends it (a token, None for a stranger), and what."""

    method: str
    path: str
    token: str | None = None
    body: Any = None
    content: bytes | None = None
    media_type: str = "application/yaml"
    accept: str = "application/json"

    def headers(self) -> dict[str, str]:
        """Return the request's headers."""
        headers = {"Accept": self.accept}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.content is not None:
            headers["Content-Type"] = self.media_type
        return headers


class Teller:
    """Sends calls to one service and tells them as they are answered."""

    def __init__(self, client: httpx.Client, say: Say) -> None:
        self._client, self._say = client, say

    def chapter(self, title: str) -> None:
        """Begin a new part of the story."""
        self._say(f"\n{title}")

    def say(self, text: str, mark: str = " ") -> None:
        """Say something that is not a call."""
        self._say(f"  {mark} {text}")

    def call(self, words: str, call: Call) -> httpx.Response:
        """Send `call`, tell it, and return the answer; raises `StoryEndedError` if it is a failure."""
        answer = self.send(call)
        self._tell(words, call, answer.status_code)
        return answer

    def each(self, words: str, template: str, calls: Iterable[Call]) -> None:
        """Send similar calls and tell them in one line, which counts while they go on."""
        sent: dict[int, int] = {}
        listed = list(calls)
        for number, call in enumerate(listed, 1):
            answer = self.send(call)
            sent[answer.status_code] = sent.get(answer.status_code, 0) + 1
            if sys.stdout.isatty():
                sys.stdout.write(f"\r  … {number} of {len(listed)} {words}\x1b[K")
                sys.stdout.flush()
        if sys.stdout.isatty():
            sys.stdout.write("\r\x1b[K")
        statuses = ", ".join(
            f"{status}" if count == len(listed) else f"{count} x {status}" for status, count in sent.items()
        )
        url = f"{str(self._client.base_url).rstrip('/')}{template}"
        self._say(f"  ✓ {f'{len(listed)} {words}':<{WORDS}} {listed[0].method:<5} {statuses}  {url}")

    def send(self, call: Call) -> httpx.Response:
        """Send without telling; raises `StoryEndedError` if the answer is a failure."""
        try:
            answer = self._client.request(
                call.method,
                call.path,
                json=call.body,
                content=call.content,
                headers=call.headers(),
            )
        except httpx.HTTPError as error:
            raise StoryEndedError(f"{call.method} {call.path} got no answer: {error}") from error
        if answer.is_error:
            raise StoryEndedError(
                f"{call.method} {answer.url} answered {answer.status_code}: {_detail(answer)}"
            )
        return answer

    def _tell(self, words: str, call: Call, status: int) -> None:
        url = self._client.base_url.join(call.path)
        self._say(f"  ✓ {words:<{WORDS}} {call.method:<5} {status}  {url}")


def _detail(answer: httpx.Response) -> str:
    """Return what the problem details say, with the first places they point at."""
    if "json" not in answer.headers.get("content-type", ""):
        return answer.text[:300]
    problem: Mapping[str, Any] = answer.json()
    faults = "; ".join(f"{f['pointer']}: {f['detail']}" for f in problem.get("errors", [])[:3])
    return f"{problem.get('detail')} {faults}".strip()
