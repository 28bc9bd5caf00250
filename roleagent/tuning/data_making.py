"""One file of data for one persona: synthesised, taught, imported, augmented, and checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from roleagent import registry
from roleagent.persona.persona import Persona
from roleagent.tuning.augmentation import augmented, check_ways
from roleagent.tuning.data_card import card_of
from roleagent.tuning.dialogues import Dialogue
from roleagent.tuning.duplicates import Kept, without_duplicates
from roleagent.tuning.foreign import read_foreign
from roleagent.tuning.leaks import check_leaks, probes_of
from roleagent.tuning.rewording import REWORDINGS
from roleagent.tuning.synthesis.judging import Judge, judge_of
from roleagent.tuning.synthesis.making import FAMILIES, check_kinds, synthesise
from roleagent.tuning.teacher import Taught, taught

_HELD_OUT = 5  # for so many dialogues to learn, one to test with
_LEAST_HELD_OUT = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What data are asked for.

    Attributes:
        num: synthesised dialogues to learn from.
        kinds: keys of `FAMILIES`.
        seed: draws them.
        facts_in_prompt: see `synthesise`.
        teacher: registry name of a chat model that writes replies too; none if empty.
        augment: ways, see `augmented`.
        imports: files of other projects, each with its shape.
    """

    num: int = 400
    kinds: Sequence[str] = tuple(FAMILIES)
    seed: int = 0
    facts_in_prompt: bool = True
    teacher: str = ""
    augment: Sequence[str] = ()
    imports: Sequence[tuple[Path, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeData:
    """Data, and how they came about.

    Attributes:
        dialogues: to learn from.
        held_out: with wordings that no dialogue to learn from has.
        kept: what was left without duplicates, before augmentation.
        judge: what the critics rejected of the synthesised replies.
        taught: what came of the teacher; None without one.
        num_probes: against how many test probes all was checked.
    """

    dialogues: tuple[Dialogue, ...]
    held_out: tuple[Dialogue, ...]
    kept: Kept
    judge: Judge
    taught: Taught | None
    num_probes: int

    @property
    def num_of_kind(self) -> Counter[str]:
        """How many dialogues to learn from there are of each kind."""
        return Counter(dialogue.kind for dialogue in self.dialogues)

    def card(self, *, title: str, command: str, seed: int) -> str:
        """The data card."""
        return card_of(
            self.dialogues,
            title=title,
            command=command,
            notes=self._notes(),
            kept=self.kept,
            num_probes=self.num_probes,
            seed=seed,
        )

    def _notes(self) -> list[str]:
        rejected = sum(self.judge.by_critic.values())
        notes = [
            "The dialogues were made from the persona's file by templates, and stand under the licence of "
            "that file. Imported dialogues keep the licence of their source.",
            f"Critics judged {self.judge.num_judged:,} synthesised replies and rejected {rejected:,}; those "
            "are not among the data.",
            f"{len(self.held_out):,} dialogues with other wordings are held out in a file of their own.",
        ]
        if self.taught is not None:
            done = self.taught
            notes.append(
                f"A teacher model answered {done.num_asked:,} lines; {len(done.dialogues):,} replies were "
                f"kept. {done.num_wrong:,} lacked the fact, {done.num_replaced:,} were replaced by critics."
            )
        return notes


def make_data(
    persona: Persona,
    wish: Wish,
    *,
    say: Callable[[str], None] = lambda _: None,
    on_line: Callable[[int], None] | None = None,
) -> MadeData:
    """Make the data that are asked for.

    Args:
        persona: whom the dialogues are of, as loaded.
        wish: what is asked for.
        say: is told what is being done.
        on_line: is called with the number of lines that the teacher has answered.

    Raises:
        InputError: the persona is empty, a kind is not known, a file cannot be read, or the data hold a probe
            of a test.
        ConfigurationError: a way, a shape or the teacher is not known.
        ModelError: the teacher fails.
    """
    check_kinds(wish.kinds)
    check_ways(wish.augment, has_model=bool(wish.teacher))
    if wish.teacher:
        registry.check("model", wish.teacher)
    imported = [dialogue for path, shape in wish.imports for dialogue in read_foreign(path, shape)]
    judge = judge_of()
    say(f"Making dialogues of {persona.name} …")
    made = synthesise(
        persona,
        seed=wish.seed,
        num=wish.num,
        kinds=wish.kinds,
        facts_in_prompt=wish.facts_in_prompt,
        judge=judge,
    )
    held_out = synthesise(
        persona,
        seed=wish.seed,
        num=max(_LEAST_HELD_OUT, wish.num // _HELD_OUT),
        kinds=wish.kinds,
        facts_in_prompt=wish.facts_in_prompt,
        wordings="held_out",
        judge=judge,
    )
    done: Taught | None = None
    if wish.teacher:
        say(f"{wish.teacher} answers …")
        done = taught(
            persona, made, model=wish.teacher, facts_in_prompt=wish.facts_in_prompt, on_line=on_line
        )
        made += done.dialogues
    kept = without_duplicates([*made, *imported])
    dialogues = kept.dialogues
    if wish.augment:
        say("Augmenting …")
        model = registry.get("model", wish.teacher) if set(wish.augment) & set(REWORDINGS) else None
        dialogues = tuple(augmented(dialogues, ways=wish.augment, seed=wish.seed, model=model))
    probes = probes_of()
    check_leaks((*dialogues, *held_out), probes)
    return MadeData(
        dialogues=dialogues,
        held_out=tuple(held_out),
        kept=kept,
        judge=judge,
        taught=done,
        num_probes=len(probes),
    )
