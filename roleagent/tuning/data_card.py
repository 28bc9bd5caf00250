"""A data card: what a set of dialogues holds, where it comes from, and what it looks like."""

from __future__ import annotations

import random
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from roleagent.language.tokens import words
from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.duplicates import Kept
from roleagent.tuning.shown_paths import as_shown

_NUM_SHOWN = 10
_MOST_CHARACTERS = 1_500  # of a system prompt
_MOST_ROWS = 40  # of one table; there may be thousands of personas
_LANGUAGES = {"en": "English", "zh": "Chinese"}
_SPEAKERS = {"system": "System", "user": "User", "assistant": "Character"}


def card_of(
    dialogues: Iterable[Dialogue],
    *,
    title: str,
    command: str,
    notes: Sequence[str],
    kept: Kept | None = None,
    num_probes: int = 0,
    seed: int = 0,
) -> str:
    """The card of some dialogues, as Markdown.

    Args:
        dialogues: all of them.
        title: the name of the data.
        command: that makes them again.
        notes: on licence and origin, a paragraph each; they are written as they are.
        kept: what was left without duplicates, if duplicates were looked for.
        num_probes: against how many test probes the data were checked for leaks; 0 if they were not.
        seed: draws the examples.
    """
    told = tuple(dialogues)
    parts = (
        _head(told, title),
        _origin(notes),
        _counts(told),
        _replies(told),
        _checks(kept, num_probes),
        _made_by(command),
        _examples(told, seed),
    )
    return "\n".join("\n".join(part) + "\n" for part in parts)


def _head(told: Sequence[Dialogue], title: str) -> Iterator[str]:
    num_learned = sum(message.learn for each in told for message in each.messages)
    yield f"# {title}"
    yield ""
    yield "Dialogues to train a chat model on, so that it plays characters."
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| dialogues | {len(told):,} |"
    yield f"| replies that are learned | {num_learned:,} |"
    yield f"| rejected replies | {sum(len(each.rejected) for each in told):,} |"
    yield f"| grounded last replies | {_of(sum(each.grounded for each in told), told)} |"
    yield f"| with pictures | {_of(sum(bool(each.pictures) for each in told), told)} |"
    yield f"| augmented | {_of(sum('augmented' in each.note for each in told), told)} |"


def _origin(notes: Sequence[str]) -> Iterator[str]:
    yield "## Origin and licence"
    yield "\n\n".join(notes) if notes else "Nothing is said of them."


def _counts(told: Sequence[Dialogue]) -> Iterator[str]:
    yield "## What is in it"
    yield from _table("kind", Counter(each.kind for each in told), told)
    named = Counter(_LANGUAGES.get(each.language, each.language) for each in told)
    yield from _table("language", named, told)
    yield from _table("source", Counter(each.source or "not said" for each in told), told)
    yield from _table("persona", Counter(each.persona or "none" for each in told), told)
    augmented = Counter(each.note["augmented"] for each in told if "augmented" in each.note)
    yield from _table("augmented by", augmented, told)
    yield from _table("rejected for", Counter(bad.fault for each in told for bad in each.rejected), ())


def _table(name: str, counts: Mapping[str, int], told: Sequence[Dialogue]) -> Iterator[str]:
    if not counts:
        return
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    yield ""
    yield f"| {name} | {'dialogues' if told else 'replies'} |"
    yield "|---|---|"
    for value, count in ordered[:_MOST_ROWS]:
        yield f"| {_cell(value)} | {_of(count, told) if told else f'{count:,}'} |"
    if rest := ordered[_MOST_ROWS:]:
        yield f"| {len(rest):,} others | {_of(sum(count for _, count in rest), told)} |"


def _replies(told: Sequence[Dialogue]) -> Iterator[str]:
    yield "## Replies"
    lengths = sorted(len(words(message.text)) for each in told for message in each.messages if message.learn)
    if not lengths:
        yield "There are none."
        return
    yield (
        f"Words of a learned reply, a Chinese character being one: median {statistics.median(lengths):g}, "
        f"95th percentile {_percentile(lengths, 95)}, longest {lengths[-1]} (n = {len(lengths):,})."
    )


def _checks(kept: Kept | None, num_probes: int) -> Iterator[str]:
    yield "## Checks"
    if kept is None:
        yield "Duplicates were not looked for."
    else:
        yield (f"Duplicates left out: {kept.num_exact:,} exact ones and {kept.num_near:,} near ones.")
    yield ""
    if num_probes:
        yield (
            f"No dialogue holds one of {num_probes:,} test probes, apart from those of a few words that "
            "anybody says."
        )
    else:
        yield "They were not checked for test probes."


def _made_by(command: str) -> Iterator[str]:
    yield "## The same again"
    yield ""
    yield from (f"    {line}" for line in command.splitlines())


def _examples(told: Sequence[Dialogue], seed: int) -> Iterator[str]:
    rng = random.Random(seed)  # noqa: S311  # no secret is made of it
    public = [at for at, each in enumerate(told) if each.kind != "secret"]
    shown = rng.sample(public, min(_NUM_SHOWN, len(public)))
    yield "## Examples"
    yield f"{len(shown)} of {len(told):,}, drawn with seed {seed}; none that may tell a secret."
    prompts = dict[str, tuple[int, str]]()  # persona -> the first dialogue that is shown, and its prompt
    for at in sorted(shown):
        first, prompt = prompts.setdefault(told[at].persona, (at + 1, told[at].system))
        yield ""
        yield from _heading(at + 1, told[at])
        yield from _system(told[at].system) if first == at + 1 else _differing(told[at].system, first, prompt)
        yield from _talk(told[at])


def _heading(number: int, dialogue: Dialogue) -> Iterator[str]:
    known = (dialogue.kind, dialogue.language, dialogue.persona, dialogue.source)
    yield f"### Dialogue {number}: {', '.join(_cell(each) for each in known if each)}"


def _system(prompt: str) -> Iterator[str]:
    """A system prompt, cut if it is long."""
    if not prompt:
        return
    yield ""
    yield "**System**"
    yield from _quoted(_shortened(prompt))


def _differing(prompt: str, first: int, other: str) -> Iterator[str]:
    """What a system prompt has in other lines than that of the first dialogue with the persona."""
    if prompt == other:
        if prompt:
            yield ""
            yield f"**System**: as in dialogue {first}"
        return
    mine, others = prompt.splitlines(), other.splitlines()
    added = [line for line in mine if line not in others]
    gone = [line for line in others if line not in mine]
    if len(added) == len(mine) or not added + gone:  # nothing in common, or another order
        yield from _system(prompt)
        return
    yield ""
    yield f"**System**: as in dialogue {first}, but for these lines"
    marked = [*(f"- {line}" for line in gone), *(f"+ {line}" for line in added)]
    yield from _quoted(_shortened("\n".join(marked)))


def _shortened(text: str) -> str:
    """A text, with the end left out if it is long."""
    left_out = len(text) - _MOST_CHARACTERS
    return text if left_out <= 0 else f"{text[:_MOST_CHARACTERS]}\n… ({left_out:,} characters more)"


def _talk(dialogue: Dialogue) -> Iterator[str]:
    """The messages after the system prompt, and what must not be replied."""
    for message in dialogue.messages[bool(dialogue.system) :]:
        learned = ", learned" if message.learn else ""
        pictures = "".join(f" (picture: {as_shown(path)})" for path in message.pictures)
        yield ""
        yield f"**{_SPEAKERS[message.role]}{learned}**{pictures}"
        yield from _quoted(message.text)
    for rejected in dialogue.rejected:
        yield ""
        yield f"**Rejected: {rejected.fault}**"
        yield from _quoted(rejected.text)
    if dialogue.note:
        yield ""
        yield "; ".join(f"{_cell(name)}: {_cell(value)}" for name, value in dialogue.note.items())


def _quoted(text: str) -> Iterator[str]:
    """A text as a block that no mark in it can end."""
    yield ""
    yield from (f"    {line}".rstrip() for line in text.splitlines())


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _of(count: int, told: Sequence[Dialogue]) -> str:
    return f"{count:,} ({count / len(told):.1%})" if told else f"{count:,}"


def _percentile(ordered: Sequence[int], percent: int) -> int:
    """The smallest value that at least that share of the values do not exceed (nearest rank)."""
    return ordered[max(0, -(-percent * len(ordered) // 100) - 1)]
