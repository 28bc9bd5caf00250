"""Dialogues with pictures: as likely in one sequence as one by one, and a loss that falls."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from roleagent.errors import InputError, ModelError
from roleagent.testing.models import build_tiny_llava, build_tiny_text_model
from roleagent.tuning.bases import Base, open_base
from roleagent.tuning.dialogues import Dialogue, Message, Rejected
from roleagent.tuning.encoding import Encoded, Encoder
from roleagent.tuning.objective import Objective
from roleagent.tuning.options import Options
from roleagent.tuning.packing import with_others
from roleagent.tuning.pictures import PictureInputs
from roleagent.tuning.scoring import Inputs, log_probs_of
from roleagent.tuning.training import train

pytestmark = pytest.mark.xdist_group("torch")

COLOURS = ("red", "blue", "green", "black")


@pytest.fixture(scope="module")
def llava(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A tiny LLaVA, whose weights are large enough for what it sees to matter."""
    return f"transformers:{build_tiny_llava(tmp_path_factory.mktemp('llava'))}"


@pytest.fixture
def base(llava: str) -> Base:
    opened = open_base(llava, device="cpu")
    with torch.no_grad():
        for weights in opened.model.parameters():
            weights.mul_(3)
    return opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of one colour each."""
    made = tmp_path_factory.mktemp("pictures")
    for colour in COLOURS:
        Image.new("RGB", (40, 30), colour).save(made / f"{colour}.png")
    return made


def talk(folder: Path, colour: str, wrong: str) -> Dialogue:
    return Dialogue(
        messages=(
            Message(role="system", text="You are Ada."),
            Message(role="user", text="What is this?", pictures=(str(folder / f"{colour}.png"),)),
            Message(role="assistant", text=f"It is {colour}."),
        ),
        kind="picture",
        grounded=True,
        rejected=(
            Rejected(text=f"It is {wrong}, I see.", fault="contradiction"),
            Rejected(text="no", fault="voice"),
        ),
    )


def talks(folder: Path) -> list[Dialogue]:
    return [talk(folder, *pair) for pair in zip(COLOURS, COLOURS[1:] + COLOURS[:1], strict=True)]


def two_pictures(folder: Path) -> Dialogue:
    """A dialogue with a picture, a reply to learn, and another picture."""
    first, second = talk(folder, "red", "blue"), talk(folder, "green", "blue")
    said = replace(first.messages[-1], learn=True)
    return replace(second, messages=(*first.messages[:-1], said, *second.messages[1:]))


def encoded_by(base: Base, dialogue: Dialogue) -> Encoded:
    return Encoder(base.tokenizer, base.control_tokens, base.processor).encode(dialogue)


def one_by_one(base: Base, dialogue: Dialogue) -> list[torch.Tensor]:
    """The log-probabilities of the last reply and of the rejected ones, by the library's own means alone."""
    told = [
        {"role": each.role, "content": [*({"type": "image"} for _ in each.pictures), block(each.text)]}
        for each in dialogue.messages[:-1]
    ]
    read = base.processor.apply_chat_template(told, add_generation_prompt=True)
    pictures = [Image.open(path) for path in dialogue.pictures]
    inputs = base.processor(text=[read], images=pictures, return_tensors="pt")
    found = []
    for text in (dialogue.reply, *(each.text for each in dialogue.rejected)):
        reply = base.tokenizer(text, return_tensors="pt")["input_ids"]
        ids = torch.cat([inputs["input_ids"], reply], dim=1)
        with torch.no_grad():
            logits = base.model(input_ids=ids, pixel_values=inputs["pixel_values"]).logits[0]
        log_probs = logits[-reply.shape[1] - 1 : -1].log_softmax(-1)
        found.append(log_probs.gather(1, reply[0][:, None])[:, 0])
    return found


def block(text: str) -> dict[str, str]:
    return {"type": "text", "text": text}


def scored(base: Base, inputs: Inputs) -> list[torch.Tensor]:
    base.model.eval()
    with torch.no_grad():
        return log_probs_of(base.model, inputs)


class Maskless(torch.nn.Module):
    """A model that reads a mask of two dimensions, and not that of branches."""

    def __init__(self, model: torch.nn.Module, *, refuses: bool) -> None:
        super().__init__()
        self.model, self.refuses = model, refuses

    def forward(self, *, attention_mask: torch.Tensor, **inputs: torch.Tensor):
        if attention_mask.ndim == 4 and self.refuses:
            raise ValueError("two dimensions, please")
        kept = {"attention_mask": attention_mask} if attention_mask.ndim == 2 else {}
        return self.model(**inputs, **kept)


@pytest.mark.parametrize("make", [lambda folder: talk(folder, "red", "blue"), two_pictures])
def test_replies_in_one_sequence_are_as_likely_as_one_by_one(base: Base, folder: Path, make) -> None:
    """The mask, the positions and the places of the pictures are right; the pictures are read once."""
    dialogue = make(folder)
    inputs = PictureInputs(base)(encoded_by(base, dialogue))
    assert inputs.tensors["input_ids"].shape[0] == 1
    assert inputs.tensors["pixel_values"].shape[0] == len(dialogue.pictures)
    for ours, theirs in zip(scored(base, inputs)[-3:], one_by_one(base, dialogue), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("refuses", [True, False])
def test_a_model_without_such_a_mask_gets_rows(base: Base, folder: Path, refuses: bool) -> None:
    """What a model cannot do is found out, and costs no term of the objective."""
    dialogue = two_pictures(folder)
    seen = replace(base, model=Maskless(base.model, refuses=refuses))
    inputs = PictureInputs(seen)(encoded_by(seen, dialogue))
    assert inputs.tensors["input_ids"].shape[0] == 3
    assert [answer.standing for answer in inputs.packed.answers] == ["good", "good", "contradiction", "voice"]
    earlier = replace(dialogue, messages=dialogue.messages[:3], rejected=())
    expected = [*one_by_one(base, earlier), *one_by_one(base, dialogue)]
    for ours, theirs in zip(scored(seen, inputs), expected, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


def test_the_picture_matters(base: Base, folder: Path) -> None:
    """Else all of the above would be true of a model that gets none."""
    red, blue = talk(folder, "red", "green"), talk(folder, "blue", "green")
    blue = replace(blue, messages=(*blue.messages[:-1], red.messages[-1]))
    make = PictureInputs(base)
    first, second = (scored(base, make(encoded_by(base, each)))[0] for each in (red, blue))
    assert (first - second).abs().max() > 1e-3


@pytest.mark.parametrize(
    ("policy", "trained"), [("all", ""), ("projector", "multi_modal_projector."), ("adapters", "lora_")]
)
def test_training_on_pictures(llava: str, folder: Path, tmp_path: Path, policy: str, trained: str) -> None:
    """All four terms are made, the loss falls, and only what the policy names changes."""
    base = open_base(llava, device="cpu")
    before = {name: each.detach().clone() for name, each in base.model.named_parameters()}
    options = Options(
        policy=policy,
        objective=Objective(con=0.5, rel=0.5, safe=0.5),
        epochs=6,
        sequences_per_step=2,
        learning_rate=1e-2,
        check_every=4,
        half=False,
    )
    data = talks(folder)
    course = train(base, data, data, options, folder=tmp_path).course
    assert course.steps[0].terms.keys() == {"lm", "con", "rel", "safe"}
    assert course.looks[-1].loss < course.looks[0].loss - 0.01
    assert course.num_trained > 0
    if policy != "adapters":
        changed = {name for name, each in base.model.named_parameters() if not each.equal(before[name])}
        assert changed
        assert all(trained in name for name in changed)
    else:
        grows = [name for name, each in base.model.named_parameters() if each.requires_grad]
        assert all(trained in name and "vision" not in name and "projector" not in name for name in grows)


def test_the_best_weights_come_back(llava: str, folder: Path, tmp_path: Path) -> None:
    """Trainer writes LLaVA's weights under other names, and would go on with the last ones in silence."""
    base = open_base(llava, device="cpu")
    data = talks(folder)
    options = Options(
        policy="all", epochs=6, sequences_per_step=1, learning_rate=2.0, warm_up=1, check_every=1, half=False
    )
    course = train(base, data, data, options, folder=tmp_path).course
    best = next(look for look in course.looks if look.step == course.best)
    assert best.loss < course.looks[-1].loss - 0.1  # or the test would prove nothing
    make = PictureInputs(base)
    losses = []
    for each in data:
        inputs = make(encoded_by(base, each).only({"good"}))
        losses.append(-float(torch.cat(scored(base, inputs)).mean()))
    assert sum(losses) / len(losses) == pytest.approx(best.loss, abs=1e-4)


def test_replies_of_others_are_compared(base: Base, folder: Path) -> None:
    """L_rel has something to tell apart although each dialogue is a sequence of its own."""
    encoded = [encoded_by(base, each).only({"good"}) for each in talks(folder)]
    inputs = PictureInputs(base)(with_others(encoded, 2)[0])
    answers = inputs.packed.answers
    assert [answer.standing for answer in answers] == ["good", "other", "other"]
    assert [answer.tokens for answer in answers[1:]] == [each.reply for each in encoded[1:3]]


# ── what cannot be used ──────────────────────────────────────────────────────────────────────


def test_pictures_for_a_text_model_are_refused(tmp_path: Path, folder: Path) -> None:
    """They would be dropped in silence."""
    base = open_base(f"transformers:{build_tiny_text_model(tmp_path)}", device="cpu")
    dialogue = talk(folder, "red", "blue")
    with pytest.raises(InputError, match=rf"red\.png: dialogue {dialogue.id} has pictures, and the model"):
        encoded_by(base, dialogue)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("gone.png", None, "There is no file"),
        ("cut.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "damaged"),
        ("words.txt", b"only words", "words.txt"),
        ("empty.png", b"", "empty"),
    ],
)
def test_what_is_no_picture_is_named(base: Base, tmp_path: Path, name: str, content, reason: str) -> None:
    """With the file and the dialogue."""
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    dialogue = talk(tmp_path, name.removesuffix(".png"), "blue")
    shown = replace(dialogue.messages[1], pictures=(str(path),))
    dialogue = replace(dialogue, messages=(dialogue.messages[0], shown, dialogue.messages[2]))
    with pytest.raises(InputError, match=reason) as caught:
        PictureInputs(base)(encoded_by(base, dialogue))
    assert str(path) in str(caught.value)
    assert dialogue.id in str(caught.value)


def test_a_template_without_pictures_is_refused(base: Base, folder: Path) -> None:
    """Pictures would be read at no place in the prompt."""
    base.processor.chat_template = (
        "{% for m in messages %}{{ m['role'] }}: {{ m['content'][-1]['text'] }}\n{% endfor %}"
    )
    with pytest.raises(ModelError, match="does not write '<image>' once for each picture"):
        PictureInputs(base)(encoded_by(base, talk(folder, "red", "blue")))
