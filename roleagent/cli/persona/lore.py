"""`roleagent persona lore`: which lorebook entries a conversation triggers, and why the others stay out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roleagent.cli.options import Listener
from roleagent.cli.persona.show import PersonaFile
from roleagent.errors import InputError

if TYPE_CHECKING:
    from roleagent.lore.activation import Message
    from roleagent.persona.persona import Persona

MAX_BYTES = 1_000_000
_LINE = re.compile(r"([^:\n]{1,80}):[ \t]+(.*)")


def lore(
    name: PersonaFile,
    messages: Annotated[
        Path, typer.Option("--messages", metavar="CHAT.txt", help="Lines such as `Ada: Good morning.`")
    ],
    every: Annotated[bool, typer.Option("--all", help="Also show entries that nothing triggered.")] = False,
    seed: Annotated[int, typer.Option(help="Seed for entries that enter by chance.")] = 0,
    listener: Listener = "",
) -> None:
    """Say which lorebook entries enter the prompt after a conversation, and why the others do not."""
    import random
    from datetime import UTC, datetime

    from roleagent.formats.load import load_persona
    from roleagent.language.tokens import estimated_tokens
    from roleagent.lore.activation import LoreSettings, LoreState, activation_text
    from roleagent.lore.engine import activate
    from roleagent.persona.view import view

    persona = view(load_persona(name), listener=listener).persona
    if not persona.lorebooks:
        raise InputError(f"{persona.name} has no lorebook: write entries under `lorebooks`.")
    said = _messages(messages, persona)
    user = next((message.name for message in reversed(said) if message.role == "user"), "")
    done = activate(
        persona.lorebooks,
        said,
        state=LoreState(),
        settings=LoreSettings(
            char=persona.nickname or persona.name,
            user=user,
            now=datetime.now(UTC),
            language=persona.language,
        ),
        generator=random.Random(seed),  # noqa: S311 – draws of a book are no secrets
        count_tokens=estimated_tokens,
    )
    entered = sum(decision.entered for decision in done.decisions)
    typer.echo(f"{entered} of {len(done.decisions)} entries enter, about {done.num_tokens} tokens")
    typer.echo(activation_text(done, all_entries=every))


def _messages(path: Path, persona: Persona) -> list[Message]:
    """A message for each line that begins with a name; other lines continue the message above."""
    from roleagent.lore.activation import Message

    names = {name.casefold() for name in (persona.name, persona.nickname) if name}
    found: list[tuple[str, str]] = []
    for line in _text(path).splitlines():
        match = _LINE.fullmatch(line.strip())
        if match:
            found.append((match[1], match[2]))
        elif line.strip() and found:
            found[-1] = (found[-1][0], f"{found[-1][1]}\n{line.strip()}")
        elif line.strip():
            found.append(("User", line.strip()))
    return [
        Message(name=name, text=text, role="assistant" if name.casefold() in names else "user")
        for name, text in found
    ]


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{str(path)!r} is not UTF-8 at byte {error.start}: save it as UTF-8.") from error
    if len(data) > MAX_BYTES:
        raise InputError(f"{str(path)!r} is larger than {MAX_BYTES} bytes: give the last messages only.")
    return text
