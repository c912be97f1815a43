"""Why a document is refused, and where: raised inside, turned into `JsonLdError` at the door."""

from typing import Self

from app.errors import Fault, JsonLdError, TooComplexError


def escaped(name: str) -> str:
    """Return `name` as one segment of a JSON Pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


class Refusal(Exception):  # noqa: N818 (it never leaves this package, where it says what happens)
    """A reason with a stable code; each level that it passes on its way out adds its member to the path."""

    error_class: type[JsonLdError] = JsonLdError

    def __init__(self, code: str, detail: str, hint: str | None = None) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.hint = hint
        self._path: list[str] = []
        self._place = ""

    def within(self, member: str | int) -> Self:
        """Return this refusal, found inside of `member` of an object or an array."""
        self._path.append(escaped(str(member)))
        return self

    def placed(self, pointer: str) -> Self:
        """Return this refusal, found at the JSON Pointer `pointer`, unless its place is known already."""
        self._place = self._place or pointer
        return self

    def error(self) -> JsonLdError:
        """Return the error for the caller, with one fault that points at the offending member."""
        pointer = self._place + "".join(f"/{segment}" for segment in reversed(self._path))
        fault = Fault(pointer, self.code, self.detail, self.hint)
        return self.error_class(self.detail, faults=[fault], hint=self.hint)


class TooComplex(Refusal):
    """The document is legal and costs more than it may."""

    error_class = TooComplexError
