"""The files of a bundle: named one by one, or all of a folder."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = (".yaml", ".yml", ".json")


@dataclass(frozen=True, slots=True)
class Texts:
    """What the files say, and why some could not be read."""

    read: dict[Path, str]
    unreadable: dict[Path, str]


def read_texts(paths: Iterable[Path]) -> Texts:
    """Return what is in `paths`: each file, and of a folder all YAML and JSON that is not hidden."""
    texts = Texts({}, {})
    for file in (file for path in paths for file in _files(path)):
        try:
            texts.read[file] = file.read_bytes().decode("utf-8-sig")
        except OSError as error:
            texts.unreadable[file] = error.strerror or str(error)
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            texts.unreadable[file] = f"Line {line} is not UTF-8. Save the file as UTF-8."
    return texts


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(each for each in path.rglob("*") if each.suffix in SUFFIXES and _is_shown(each, path))


def _is_shown(file: Path, folder: Path) -> bool:
    return file.is_file() and not any(part.startswith(".") for part in file.relative_to(folder).parts)
