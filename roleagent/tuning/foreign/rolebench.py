"""RoleBench's shape (RoleLLM; Wang et al., arXiv:2310.00746): single questions to a role.

A line of the training and test files is ``{"role": NAME, "question": "…", "generated": ["…", …]}``, with
several good answers to one question. A line of ``instructions-eng/role-specific-NAME.jsonl`` is
``{"instruction": "…", "answer": "…"}`` beside marks, and the file's name tells the role. What a role is
like stands in ``profiles-eng/desc.json`` or ``profiles-zh/desc.json``, one object from names to descriptions;
it is looked for beside the file and in the folders above it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from roleagent.errors import InputError
from roleagent.language.scripts import has_han
from roleagent.tuning.dialogues import Dialogue, Message
from roleagent.tuning.foreign.items import Item, items_of, table, text
from roleagent.tuning.foreign.scenes import language_of, noted

SOURCE = "import:rolebench"

_NAMED_AFTER = "role-specific-"
_FOLDERS_ABOVE = 4  # from rolebench-eng/PART/KIND/train.jsonl to the folder of the whole


def is_mine(value: Any) -> bool:  # Any: JSON
    """Whether an item has this shape."""
    return isinstance(value, dict) and (
        {"question", "generated"} <= set(value) or {"instruction", "answer"} <= set(value)
    )


def read(item: Item, path: Path, descriptions: Mapping[str, str]) -> Iterator[Dialogue]:
    """One dialogue for each different answer.

    Raises:
        ValueError: the item is wrong.
    """
    told = table(item.value)
    role, question = text(told, "role") or _role_in_name(path), text(told, "question", "instruction")
    if not question:
        raise ValueError("it has no 'question' and no 'instruction'")
    for answer in dict.fromkeys(_answers(told)):
        messages = (Message(role="user", text=question), Message(role="assistant", text=answer, learn=True))
        yield Dialogue(
            messages=(*_system(role, descriptions), *messages),
            language=language_of(f"{question} {answer}"),
            source=SOURCE,
            note=noted(role),
        )


def descriptions_for(path: Path) -> Mapping[str, str]:
    """What the roles of a file are like, from the nearest ``desc.json``; empty if there is none.

    Raises:
        InputError: the file that is found cannot be used.
    """
    language = "zh" if any(part.endswith("-zh") for part in path.parts) else "eng"
    for folder in [*path.resolve().parents][:_FOLDERS_ABOVE]:
        for found in (folder / "desc.json", folder / f"profiles-{language}" / "desc.json"):
            if found.is_file():
                return _read_descriptions(found)
    return {}


def _read_descriptions(path: Path) -> dict[str, str]:
    merged: dict[str, str] = {}
    for item in items_of(path):
        if not isinstance(item.value, dict) or not all(isinstance(each, str) for each in item.value.values()):
            raise InputError(f"{item.place}: must be an object from names of roles to descriptions.")
        merged |= item.value
    return merged


def _answers(told: Mapping[str, Any]) -> Sequence[str]:  # Any: JSON
    given = told.get("generated", told.get("answer"))
    given = [given] if isinstance(given, str) else given or []
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise ValueError("'generated' is neither text nor a list of texts")
    return [each.strip() for each in given if each.strip()]


def _system(role: str, descriptions: Mapping[str, str]) -> Iterator[Message]:
    if role:
        description = descriptions.get(role, "").strip()
        opening = f"你就是{role}。" if has_han(role + description) else f"You are {role}."
        yield Message(role="system", text=f"{opening}\n\n{description}".strip())


def _role_in_name(path: Path) -> str:
    _, found, role = path.stem.partition(_NAMED_AFTER)
    return role if found else ""
