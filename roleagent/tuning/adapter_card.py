"""The model card of an adapter."""

from __future__ import annotations

import math
import platform
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from roleagent.tuning.course_curves import TERM_NAMES

if TYPE_CHECKING:
    from roleagent.tuning.course import Course
    from roleagent.tuning.dialogues import Dialogue
    from roleagent.tuning.fidelity import Fidelity
    from roleagent.tuning.options import Options

_PACKAGES = ("roleagent", "torch", "transformers", "peft", "accelerate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What an adapter was made of.

    Attributes:
        name: of the adapter.
        base: the model it belongs to.
        persona: whom it plays; empty for anybody.
        command: that makes it again.
        data: what the dialogues are, who wrote them, under which licence.
        teacher: whose logits were learned; empty for none.
        license: of the adapter.
        folder: where it lies; empty if it is found by its name.
    """

    name: str
    base: str
    persona: str
    command: str
    data: str
    teacher: str = ""
    license: str = "Apache-2.0"
    folder: str = ""


def card_of(
    origin: Origin,
    dialogues: Sequence[Dialogue],
    held_out: Sequence[Dialogue],
    options: Options,
    course: Course,
    fidelity: Fidelity | None = None,
) -> str:
    """The card as Markdown.

    Args:
        origin: what the adapter was made of.
        dialogues: that it learned.
        held_out: on which its training ended.
        options: of the training.
        course: of the training.
        fidelity: probes without and with the adapter, if they were asked.
    """
    parts = (
        _head(origin, options, course),
        _data(origin, dialogues, held_out, course.num_left_out),
        _training(origin, options, course),
        _probes(fidelity),
        _limits(origin, options),
    )
    return "\n".join(line for part in parts for line in (*part, "")).rstrip() + "\n"


def _head(origin: Origin, options: Options, course: Course) -> Iterator[str]:
    yield "---"
    is_adapter = options.policy == "adapters"
    yield f"library_name: {'peft' if is_adapter else 'transformers'}"
    yield f"license: {origin.license.lower()}"
    yield f"base_model: {origin.base}"
    yield "---"
    yield f"# {origin.name}"
    whom = f"to play **{origin.persona}**" if origin.persona else "to play characters"
    what = "An adapter for" if is_adapter else "A whole model, trained from"
    yield f"{what} `{origin.base}` {whom}: {course.num_trained:,} {'' if is_adapter else 'trained '}weights."
    yield ""
    yield "```python"
    yield "from roleagent import Agent"
    yield ""
    who = origin.persona or "holmes"
    if is_adapter:
        yield f"agent = Agent({who!r}, model={origin.base!r}, adapter={origin.folder or origin.name!r})"
    else:
        yield f"agent = Agent({who!r}, model={f'transformers:{origin.folder or origin.name}'!r})"
    yield "```"


def _data(
    origin: Origin, dialogues: Sequence[Dialogue], held_out: Sequence[Dialogue], num_left_out: int
) -> Iterator[str]:
    yield "## Data"
    yield origin.data
    yield ""
    yield "| kind | learned | held out |"
    yield "|---|---|---|"
    learned, checked = (Counter(each.kind for each in some) for some in (dialogues, held_out))
    for kind in sorted(learned | checked):
        yield f"| {kind} | {learned[kind]:,} | {checked[kind]:,} |"
    yield f"| all | {len(dialogues):,} | {len(held_out):,} |"
    languages = Counter(each.language for each in dialogues)
    told = ", ".join(f"{language}: {number:,}" for language, number in sorted(languages.items()))
    with_twin = sum(bool(each.rejected) for each in dialogues)
    yield ""
    yield f"Languages: {told}. {with_twin:,} of the learned dialogues have a reply that was rejected."
    if num_left_out:
        yield f"{num_left_out:,} of all were too long and were left out."


def _training(origin: Origin, options: Options, course: Course) -> Iterator[str]:
    yield "## Training"
    told = asdict(options)
    objective, lora = told.pop("objective"), told.pop("lora")
    groups = [("Options", told), ("LoRA", lora), ("Objective", objective)]
    if options.adapter:
        yield f"- Trained further from the adapter `{options.adapter}`, with its rank and layers."
        groups.remove(("LoRA", lora))
    if origin.teacher:
        yield f"- Teacher whose logits are learned: `{origin.teacher}`."
    for title, values in groups:
        yield f"- {title}: {', '.join(f'{name} {_shown(value)}' for name, value in values.items())}."
    yield ""
    names = [name for name in TERM_NAMES if any(name in look.terms for look in course.looks)]
    yield f"| step | {' | '.join(TERM_NAMES[name] for name in names)} | sum | preferred |"
    yield f"|---|{'---|' * (len(names) + 2)}"
    for look in course.looks:
        terms = " | ".join(_number(look.terms.get(name, math.nan)) for name in names)
        mark = " (kept)" if look.step == course.best else ""
        yield f"| {look.step}{mark} | {terms} | {look.loss:.3f} | {_number(look.preferred)} |"
    yield ""
    yield (
        "Losses of the held-out dialogues; *preferred* is the share of their rejected replies that are less "
        f"likely than the good one, where the objective compares "
        f"the two. {course.num_tokens:,} tokens in {course.seconds / 60:.1f} minutes."
    )
    if not options.adapter and options.lora.strength < 1:
        share = f"{100 * options.lora.strength:.0f} %"
        yield f"The adapter is saved at {share} of its strength; the losses are at all of it."
    yield ""
    versions = ", ".join(f"{name} {_version(name)}" for name in _PACKAGES)
    yield f"Made with Python {platform.python_version()}, {versions}. The same again:"
    yield ""
    yield f"    {origin.command}"


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(str(each) for each in value) or "default"
    return "none" if value == "" else str(value)


def _number(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "–"


def _probes(fidelity: Fidelity | None) -> Iterator[str]:
    yield "## Fidelity"
    if fidelity is None:
        yield "Not measured: no probes were asked."
        return
    yield "Probes made from the persona, answered by an agent without and with the adapter:"
    yield ""
    yield "| kind | without | with |"
    yield "|---|---|---|"
    for kind in fidelity.kinds:
        before, after = fidelity.tallies(kind)
        yield f"| {kind} | {before.right}/{before.n} | {after.right}/{after.n} |"
    before, after = fidelity.tallies()
    yield f"| all | {before} | {after} |"


def _limits(origin: Origin, options: Options) -> Iterator[str]:
    yield "## Use and limits"
    alone = f"For `{origin.base}` alone; with another model it is refused. "
    yield (
        f"{alone if options.policy == 'adapters' else ''}It changes how the model talks, not "
        "what an agent checks: the critics and the rules of the persona hold as before. It may also "
        "get wrong what it learned, so facts belong in the persona's file."
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
