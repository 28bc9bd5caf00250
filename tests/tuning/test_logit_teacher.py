"""Distillation by logits: the divergence falls, is logged apart, and needs one vocabulary."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from roleagent.errors import ConfigurationError, ModelError
from roleagent.testing.models import build_tiny_llava, build_tiny_text_model
from roleagent.tuning.bases import Base, open_base
from roleagent.tuning.dialogues import Dialogue, Message, Rejected
from roleagent.tuning.distillation_loss import distillation_loss
from roleagent.tuning.encoding import Encoder
from roleagent.tuning.logit_teacher import logit_teacher
from roleagent.tuning.objective import Objective
from roleagent.tuning.options import Options
from roleagent.tuning.packing import pack
from roleagent.tuning.scoring import as_inputs, logits_of
from roleagent.tuning.training import train

pytestmark = pytest.mark.xdist_group("torch")


def opened(folder: Path, *, seed: int) -> Base:
    base = open_base(f"transformers:{build_tiny_text_model(folder / str(seed), seed=seed)}", device="cpu")
    with torch.no_grad():
        for weights in base.model.parameters():
            weights.mul_(2)  # else both foretell all tokens alike
    return base


@pytest.fixture
def student(tmp_path: Path) -> Base:
    return opened(tmp_path, seed=0)


@pytest.fixture
def other(tmp_path: Path) -> Base:
    return opened(tmp_path, seed=1)


DIALOGUE = Dialogue(
    messages=(
        Message(role="user", text="Good evening."),
        Message(role="assistant", text="Good evening, my dear friend."),
    ),
    rejected=(Rejected(text="I am a language model.", fault="voice"),),
)


class Maskless(torch.nn.Module):
    """A model that takes no notice of a mask, as recurrent ones do."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, *, attention_mask: torch.Tensor | None = None, **inputs: torch.Tensor):
        return self.model(**inputs)


def encoded(base: Base):
    return Encoder(base.tokenizer, base.control_tokens).encode(DIALOGUE)


def test_the_loss_is_that_of_the_good_reply_alone(student: Base, other: Base) -> None:
    """A rejected reply is no example, even of what the teacher makes of it."""
    teacher = logit_teacher(other, student)
    whole, good = (as_inputs(pack([each])) for each in (encoded(student), encoded(student).only({"good"})))
    with torch.no_grad():
        ours = teacher.loss(whole, logits_of(student.model, whole), temperature=2.0)
        by_hand = distillation_loss(
            logits_of(student.model, good), logits_of(other.model, good), temperature=2.0
        )
    assert ours.item() == pytest.approx(by_hand.item(), rel=1e-4)
    assert ours.item() > 0.01


def test_room_beyond_the_vocabulary_does_not_count(student: Base, other: Base, tmp_path: Path) -> None:
    """Two sizes of a family have the same tokens, and heads of different widths."""
    inputs = as_inputs(pack([encoded(student)]))
    teacher = logit_teacher(other, student)
    with torch.no_grad():
        logits = logits_of(student.model, inputs)
        before = teacher.loss(inputs, logits, temperature=2.0)
        other.model.resize_token_embeddings(len(student.tokenizer) + 8)
        after = teacher.loss(inputs, logits, temperature=2.0)
    torch.testing.assert_close(before, after)


def test_the_divergence_falls_and_is_logged_apart(student: Base, other: Base, tmp_path: Path) -> None:
    """The student comes to foretell what its teacher foretells, and the teacher stays as it is."""
    teacher = logit_teacher(other, student)
    before = {name: each.clone() for name, each in other.model.state_dict().items()}
    options = Options(
        policy="all",
        objective=Objective(lm=0.01, kd=1.0),
        epochs=30,
        sequences_per_step=1,
        learning_rate=5e-3,
        check_every=10,
        half=False,
    )
    trained = train(student, [DIALOGUE], [DIALOGUE], options, folder=tmp_path / "run", teacher=teacher)
    first, *_, last = trained.course.looks
    assert first.terms.keys() == {"lm", "kd"}
    assert last.terms["kd"] < first.terms["kd"] / 2
    step = trained.course.steps[0]
    assert step.loss == pytest.approx(0.01 * step.terms["lm"] + step.terms["kd"])
    assert all(each.equal(before[name]) for name, each in other.model.state_dict().items())


# ── what cannot be used ──────────────────────────────────────────────────────────────────────


def test_another_vocabulary_is_refused(student: Base, other: Base) -> None:
    """Token 7 of one family is not token 7 of another; replies can still be learned."""
    other.tokenizer.add_tokens(["<extra>"])
    with pytest.raises(ConfigurationError, match=r"1 tokens differ, such as '<extra>'.*--level sequence"):
        logit_teacher(other, student)


def test_a_teacher_without_eyes_is_refused(student: Base, tmp_path: Path) -> None:
    """It has no logits for what only the student sees."""
    seeing = open_base(f"transformers:{build_tiny_llava(tmp_path / 'llava')}", device="cpu")
    with pytest.raises(ConfigurationError, match="does not, so it has no logits for dialogues with pictures"):
        logit_teacher(student, seeing)


@pytest.mark.parametrize(("kd", "told"), [(0.0, "is 0, so a teacher"), (1.0, "there is no teacher")])
def test_teacher_and_weight_come_together(
    student: Base, other: Base, tmp_path: Path, kd: float, told: str
) -> None:
    """One without the other is a mistake that would show only in the result."""
    options = Options(objective=replace(Objective(), kd=kd))
    teacher = None if kd else logit_teacher(other, student)
    with pytest.raises(ConfigurationError, match=told):
        train(student, [DIALOGUE], [DIALOGUE], options, folder=tmp_path / "run", teacher=teacher)


def test_a_teacher_that_mixes_up_branches_is_refused(student: Base, other: Base, tmp_path: Path) -> None:
    """A reply that shares its sequence with a rejected one would be taught as if it followed that one."""
    teacher = logit_teacher(replace(other, name="recurrent", model=Maskless(other.model)), student)
    options = Options(objective=Objective(safe=0.5, kd=1.0), half=False)
    with pytest.raises(ModelError, match="'recurrent' mixes up dialogues that stand in one sequence"):
        train(student, [DIALOGUE], [DIALOGUE], options, folder=tmp_path / "run", teacher=teacher)
