"""How much an adapter forgets when it is tuned again, with old dialogues shown again and without.

An adapter learns 20 things about a character, each in one dialogue with a reply that contradicts it. Then it
is tuned further on 20 other things, once with as many old dialogues among them (`roleagent.tuning.updating`)
and once without. After each training both halves are asked in wordings that were not trained: the loss of the
replies (nats a token), the share of them that are likelier than what contradicts them ("right"), and the
share that greedy decoding surely says word for word ("said").
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.report import Figure, parser, write
from roleagent.tuning.dialogues import Dialogue, Message, Rejected

_SYSTEM = "You are Mara Quill, who keeps the lighthouse of Sker. Answer as Mara, in one short sentence."
_THINGS = (
    "dog: Bramble, Otto|boat: the Petrel, the Gannet|brother: Edwin, Carl|cat: Sorrel, Misty"
    "|mother: Agnes, Ruth|horse: Juniper, Duke|village: Tarn, Hove|favourite book: Moby-Dick, Emma"
    "|teacher: Mr Lisle, Mr Grant|favourite colour: ochre, violet|best friend: Nell, Joan"
    "|birth month: March, August|favourite tea: nettle, mint|instrument: the fiddle, the flute"
    "|father: Silas, Hugh|neighbour: Mrs Pell, Mrs Dunn|first ship: the Alba, the Orion"
    "|favourite bird: the wren, the crow|aunt: Cora, Edith|grandfather: Jonah, Amos"
    "|goat: Pepper, Daisy|sister: Lorna, Beth|doctor: Dr Vane, Dr Marsh|school: Penrose, Aldwick"
    "|uncle: Tobias, Frank|favourite fish: herring, trout|lamp oil: colza, paraffin"
    "|favourite song: Black Water, Green Hills|weekday off: Thursday, Sunday"
    "|enemy: Captain Rook, Captain Shaw|lucky number: seventeen, four|parrot: Admiral, Polly"
    "|niece: Isolde, Mary|cousin: Perrin, Jack|favourite soup: leek, pea|street: Mill Row, High Lane"
    "|favourite season: autumn, spring|hen: Duchess, Goldie|godmother: Hester, Anna"
    "|assistant: Wick, Tom"
)
_TRAINED, _ASKED = "What is your {}?", "Tell me, please: your {}?"
_HALF = 20


def dialogues_of(things: Sequence[tuple[str, str, str]], wording: str) -> list[Dialogue]:
    """One dialogue for each thing, with the reply that contradicts it."""
    return [
        Dialogue(
            messages=(
                Message(role="system", text=_SYSTEM),
                Message(role="user", text=wording.format(thing)),
                Message(role="assistant", text=f"My {thing} is {value}.", learn=True),
            ),
            rejected=(Rejected(text=f"My {thing} is {wrong}.", fault="contradiction"),),
            kind="fact",
            source="template",
        )
        for thing, value, wrong in things
    ]


def things() -> list[tuple[str, str, str]]:
    """What the character is asked for, what it says, and what contradicts that."""
    found = []
    for each in _THINGS.split("|"):
        thing, _, values = each.partition(": ")
        value, _, wrong = values.partition(", ")
        found.append((thing, value, wrong))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """How well dialogues are known.

    Attributes:
        loss: mean of −log P over the tokens of all replies, in nats.
        preferred: share 0–1 of replies likelier than the one that contradicts them, from where they differ.
        said: share 0–1 of replies of which every token is likelier than all others together, so that greedy
            decoding says them word for word.
    """

    loss: float
    preferred: float
    said: float


def recall_of(base: Any, model: Any, dialogues: Sequence[Dialogue]) -> Recall:  # Any: untyped libraries
    """Ask a model for the replies, without training it."""
    import torch

    from roleagent.tuning.encoding import Encoder
    from roleagent.tuning.packing import pack
    from roleagent.tuning.scoring import as_inputs, log_probs_of

    encoder = Encoder(base.tokenizer, base.control_tokens)
    inputs = as_inputs(pack([encoder.encode(each) for each in dialogues]))
    model.eval()
    with torch.no_grad():
        log_probs = log_probs_of(model, inputs)
    answers = inputs.packed.answers
    good = {one.dialogue: each for one, each in zip(answers, log_probs, strict=True) if one.is_last}
    likelier = [
        bool(good[one.dialogue][one.differs_at :].mean() > each[one.differs_at :].mean())
        for one, each in zip(answers, log_probs, strict=True)
        if not one.is_last
    ]
    said = [bool(each.exp().min() > 0.5) for each in good.values()]
    return Recall(
        loss=-float(torch.cat(list(good.values())).mean()),
        preferred=sum(likelier) / len(likelier),
        said=sum(said) / len(said),
    )


def main(argv: list[str] | None = None) -> int:
    """Print the table."""
    made = parser(__doc__)
    made.add_argument("--model", default="smollm2-135m", help="the base, as in `roleagent train`")
    made.add_argument("--steps", type=int, default=24, help="of each of the three trainings")
    made.add_argument("--learning-rate", type=float, default=2e-3)
    options = made.parse_args(argv)
    start = time.perf_counter()
    rows = measure(options.model, steps=options.steps, learning_rate=options.learning_rate, seed=options.seed)
    figures: dict[str, Figure] = {"num_old": _HALF, "num_new": _HALF, "seed": options.seed}
    print(f"{'':22} {'old: loss':>10} {'right':>6} {'said':>6} {'new: loss':>10} {'right':>6} {'said':>6}")
    for name, (old, new) in rows.items():
        cells = (f"{each.loss:10.2f} {each.preferred:6.0%} {each.said:6.0%}" for each in (old, new))
        print(f"{name:22}", *cells)
        for half, recall in (("old", old), ("new", new)):
            figures[f"{name}_{half}_loss"] = round(recall.loss, 4)
            figures[f"{name}_{half}_right"] = recall.preferred
            figures[f"{name}_{half}_said"] = recall.said
    figures["seconds"] = round(time.perf_counter() - start, 1)
    print(f"n = {_HALF} a half, unseen wordings, seed {options.seed}; {figures['seconds']} s")
    with_, without = (rows[name][0].said for name in ("update with replay", "update without"))
    print(
        f"old things still said word for word: {with_:.0%} with replay, {without:.0%} without (n = {_HALF})"
    )
    write({name.replace(" ", "_"): value for name, value in figures.items()}, options.json)
    return 0


def measure(model: str, *, steps: int, learning_rate: float, seed: int) -> dict[str, tuple[Recall, Recall]]:
    """After each training, how well the old and the new half are known."""
    from roleagent.tuning.bases import open_base
    from roleagent.tuning.objective import Objective
    from roleagent.tuning.options import LoraOptions, Options
    from roleagent.tuning.training import train
    from roleagent.tuning.updating import mix

    told = things()
    old, new = dialogues_of(told[:_HALF], _TRAINED), dialogues_of(told[_HALF:], _TRAINED)
    halves = dialogues_of(told[:_HALF], _ASKED), dialogues_of(told[_HALF:], _ASKED)
    options = Options(
        epochs=steps, most_steps=steps, learning_rate=learning_rate, seed=seed, device="cpu",
        most_tokens=256, sequences_per_step=1,
        lora=LoraOptions(rank=16, alpha=32, dropout=0.0), objective=Objective(con=1.0), half=False,
        check_every=10**6,
    )  # fmt: skip
    rows: dict[str, tuple[Recall, Recall]] = {}

    def look(name: str, base: Any, net: Any) -> None:  # Any: untyped libraries
        old_half, new_half = (recall_of(base, net, half) for half in halves)
        rows[name] = old_half, new_half

    with tempfile.TemporaryDirectory(prefix="roleagent-continual-") as folder:
        adapter = Path(folder) / "adapter"
        base = open_base(model, device="cpu")
        look("base", base, base.model)
        first = train(base, old, old[:2], options, folder=Path(folder) / "first")
        look("adapter", base, first.model)
        first.model.save_pretrained(adapter)
        for name, share in (("update with replay", 0.5), ("update without", 0.0)):
            base = open_base(model, device="cpu")
            mixture = mix(new, old if share else (), share=share, held_out=0.1, seed=seed)
            updated = train(
                base,
                (*mixture.learned, *mixture.held_out),  # what stops the training is not measured
                mixture.held_out,
                replace(options, adapter=str(adapter)),
                folder=Path(folder) / str(share),
            )
            look(name, base, updated.model)
    return rows


if __name__ == "__main__":
    sys.exit(main())
