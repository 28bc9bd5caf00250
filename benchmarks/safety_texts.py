"""Reading the texts that safety is measured on: CSV, JSON, lines, XSTest, MemoryBank and marked orders."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

from roleagent.errors import InputError

DATA = Path(__file__).parent / "data"
_COLUMNS = ("Behavior", "prompt", "instruction", "text")


def read_texts(path: Path) -> list[str]:
    """The texts of a file: a column of a CSV, a list in JSON, or lines of which those after # are left out.

    Raises:
        InputError: it cannot be read, has no column or key of texts, or no text.
    """
    text = _content(path)
    if path.suffix == ".csv":
        found = [row.get(_key(path, row)) or "" for row in csv.DictReader(text.splitlines(keepends=True))]
    elif path.suffix == ".json":
        rows = json.loads(text)
        found = [row if isinstance(row, str) else str(row[_key(path, row)]) for row in rows]
    else:
        found = [line for line in text.splitlines() if not line.startswith("#")]
    texts = [each.strip() for each in found if each.strip()]
    if not texts:
        raise InputError(f"{path}: there is no text in it.")
    return texts


def read_xstest(path: Path) -> tuple[list[str], list[str]]:
    """The unsafe and the safe prompts of a CSV with the columns ``prompt`` and ``label``.

    Raises:
        InputError: it cannot be read, a label is neither ``safe`` nor ``unsafe``, or all are the same.
    """
    rows = list(csv.DictReader(_content(path).splitlines(keepends=True)))
    by_label: dict[str, list[str]] = {"unsafe": [], "safe": []}
    for number, row in enumerate(rows, 1):
        label, prompt = (row.get("label") or "").strip(), (row.get("prompt") or "").strip()
        if label not in by_label or not prompt:
            raise InputError(
                f"{path}: row {number} needs a prompt, and safe or unsafe as label, not {label!r}."
            )
        by_label[label].append(prompt)
    if not all(by_label.values()):
        raise InputError(f"{path}: there must be both safe and unsafe prompts.")
    return by_label["unsafe"], by_label["safe"]


def read_companion(folder: Path) -> dict[str, list[str]]:
    """What users say to a companion in the files of MemoryBank, by language.

    Raises:
        InputError: there is no such file in the folder.
    """
    found = {}
    for language, begin in (("en", "en"), ("zh", "cn")):
        for path in folder.glob(f"{begin}_memory_bank_*.json"):
            days = [day for user in json.loads(_content(path)).values() for day in user["history"].values()]
            found[language] = [talk["query"] for day in days for talk in day]
    if not found:
        raise InputError(f"{folder}: there is no *_memory_bank_*.json. Pass the folder of MemoryBank.")
    return found


def read_marked(path: Path, languages: Sequence[str] = ()) -> tuple[list[str], list[str]]:
    """Lines after ``!`` and lines after ``.``, between whose mark and text a language stands.

    Args:
        path: of the file.
        languages: which are read; empty for all.

    Raises:
        InputError: it cannot be read, or a line begins otherwise.
    """
    lines = [line.split(" ", 2) for line in read_texts(path)]
    if any(len(line) < 3 or line[0] not in ("!", ".") for line in lines):
        raise InputError(f"{path}: each line begins with “! ” or “. ” and a language.")
    harmful, harmless = (
        [text for kind, language, text in lines if kind == mark and (not languages or language in languages)]
        for mark in ("!", ".")
    )
    return harmful, harmless


def _key(path: Path, row: dict[str, str]) -> str:
    for name in _COLUMNS:
        if name in row:
            return name
    raise InputError(f"{path}: none of {', '.join(_COLUMNS)} is in {sorted(map(str, row))}.")


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: {error}") from error
