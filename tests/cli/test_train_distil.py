"""`roleagent train distil`: both levels from data to a trained folder, and what is asked wrongly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from roleagent import registry
from roleagent.cli.app import app
from roleagent.errors import ConfigurationError, InputError, ModelNotFoundError
from roleagent.models.adapters import read_adapter
from roleagent.testing.fakes import ScriptedModel
from roleagent.testing.models import build_tiny_text_model
from roleagent.tuning.data_files import read_dialogues, write_dialogues
from roleagent.tuning.dialogues import Dialogue, Message
from roleagent.tuning.distilling import Lesson, SequenceTeacher

pytestmark = pytest.mark.xdist_group("torch")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.jsonl"
    write_dialogues(
        path,
        [
            Dialogue(
                messages=(
                    Message(role="user", text=f"Good evening, {number}."),
                    Message(role="assistant", text="Good evening, my dear friend."),
                )
            )
            for number in range(4)
        ],
    )
    return path


@pytest.fixture
def tiny(tmp_path: Path) -> list[str]:
    """Two models with one vocabulary."""
    return [f"transformers:{build_tiny_text_model(tmp_path / f'm{seed}', seed=seed)}" for seed in (0, 1)]


def run(*options: object) -> str:
    result = CliRunner().invoke(app, ["train", "distil", *map(str, options)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_logits_are_distilled(data: Path, tiny: list[str], tmp_path: Path) -> None:
    """The divergence is told at every look, and an adapter is left with no checkpoints beside it."""
    out = tmp_path / "student"
    student, teacher = tiny
    told = run(
        *("--data", data, "--student", student, "--teacher", teacher, "--level", "logits", "--out", out),
        *("--epochs", 2, "--weight", 0.9, "--device", "cpu", "--no-half"),
    )
    assert "distillation" in told
    made = {each.name for each in out.iterdir()}
    assert {"adapter_model.safetensors", "roleagent.json", "README.md", "curves.svg"} <= made
    assert not (out / "training").exists()
    assert read_adapter(out).manifest.languages == ("en",)
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "Teacher whose logits are learned: `transformers:m1`." in card
    assert "Dialogues from data.jsonl." in card
    assert str(tmp_path) not in card + (out / "roleagent.json").read_text(encoding="utf-8")


SCRIPT = [
    "Good evening to you.",
    "As an AI language model, I have no evenings.",
    "Sit down.",
    "Well met.",
]


@pytest.fixture
def teacher(monkeypatch: pytest.MonkeyPatch) -> ScriptedModel:
    """The model behind every name; the last of its replies is that to the dialogue held out."""
    model, find = ScriptedModel(SCRIPT), registry.get
    monkeypatch.setattr(registry, "get", lambda kind, name: model if kind == "model" else find(kind, name))
    return model


@pytest.mark.usefixtures("teacher")
def test_replies_are_distilled(data: Path, tiny: list[str], tmp_path: Path) -> None:
    """What the critics leave out is counted, the rest is written and learned."""
    out = tmp_path / "student"
    told = run(
        *("--data", data, "--student", tiny[0], "--teacher", "openai:big", "--out", out, "--epochs", 1),
        *("--train", "top:1", "--device", "cpu", "--no-half"),
    )
    assert "3 of 4 replies pass" in told
    assert "left out: 1 × role" in told
    learned = list(read_dialogues(tmp_path / "student.replies.jsonl"))
    assert [each.reply for each in learned] == [SCRIPT[0], SCRIPT[2]]
    held_out = list(read_dialogues(tmp_path / "student.replies.held_out.jsonl"))
    assert [each.reply for each in held_out] == [SCRIPT[3]]
    assert {each.source for each in learned} == {"teacher:openai:big"}
    assert {"model.safetensors", "tokenizer.json", "curves.svg"} <= {each.name for each in out.iterdir()}
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "Replies of openai:big that critics pass, to the prompts of data.jsonl." in card


def test_the_teacher_is_not_asked_twice(
    data: Path, tiny: list[str], tmp_path: Path, teacher: ScriptedModel
) -> None:
    """Its replies cost time or money: they are neither written over nor asked for again by --resume."""
    replies = tmp_path / "replies.jsonl"
    common = ["--data", data, "--teacher", "openai:big", "--replies", replies]
    run(*common)
    assert teacher.num_calls == 4
    with pytest.raises(InputError, match="choose another name, or --force it"):
        run(*common)
    student = ["--student", tiny[0], "--out", tmp_path / "student", "--epochs", 1, "--device", "cpu"]
    told = run(*common, *student, "--no-half", "--resume")
    assert "2 dialogues to learn, 1 held out" in told
    assert teacher.num_calls == 4


@pytest.mark.parametrize("size", ["WORLD_SIZE", "OMPI_COMM_WORLD_SIZE"])
def test_of_several_processes_none_asks_the_teacher(
    size: str, data: Path, tmp_path: Path, teacher: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them would ask for every reply, and they would write one file together."""
    monkeypatch.setenv(size, "2")
    replies = tmp_path / "replies.jsonl"
    with pytest.raises(InputError, match=r"Ask it in one: this command without accelerate and --student"):
        run("--data", data, "--teacher", "openai:big", "--replies", replies)
    assert teacher.num_calls == 0
    monkeypatch.setenv(size, "1")
    run("--data", data, "--teacher", "openai:big", "--replies", replies)
    monkeypatch.setenv(size, "2")
    run("--data", data, "--teacher", "openai:big", "--replies", replies)
    assert teacher.num_calls == 4


@pytest.mark.parametrize("failure", [TimeoutError("too slow"), KeyboardInterrupt()])
def test_replies_outlive_a_failed_request(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    teacher: ScriptedModel,
    failure: BaseException,
) -> None:
    """With --resume only the prompts without an answer are asked, and the files are the same in the end."""
    replies, part = tmp_path / "replies.jsonl", tmp_path / "replies.jsonl.part"
    options = ["--data", data, "--teacher", "openai:big", "--replies", replies]
    answer = SequenceTeacher._lesson

    async def fails_once(self: SequenceTeacher, dialogue: Dialogue) -> Lesson:
        if teacher.num_calls == 2:
            raise failure
        return await answer(self, dialogue)

    with monkeypatch.context() as patched:
        patched.setattr(SequenceTeacher, "_lesson", fails_once)
        result = CliRunner().invoke(app, ["train", "distil", *map(str, options)])
    assert result.exit_code != 0
    assert "To go on: the same command with --resume." in result.output
    assert len(part.read_text("utf-8").splitlines()) == 2
    with pytest.raises(InputError, match="Go on with it by --resume"):
        run(*options)
    assert "3 of 4 replies pass" in run(*options, "--resume")
    assert teacher.num_calls == 4
    assert [each.reply for each in read_dialogues(replies)] == [SCRIPT[0], SCRIPT[2]]
    assert not part.exists()


@pytest.mark.usefixtures("teacher")
def test_replies_of_others_are_not_taken_over(data: Path, tmp_path: Path) -> None:
    """The card would name the new teacher and the new data."""
    replies = tmp_path / "replies.jsonl"
    run("--data", data, "--teacher", "openai:big", "--replies", replies)
    with pytest.raises(InputError, match="holds replies of 'openai:big', and 'openai:bigger' is to teach"):
        run("--data", data, "--teacher", "openai:bigger", "--replies", replies, "--resume")
    other = tmp_path / "other.jsonl"
    write_dialogues(other, [replace(each, messages=each.messages[1:]) for each in read_dialogues(data)])
    with pytest.raises(InputError, match="holds replies to other dialogues"):
        run("--data", other, "--teacher", "openai:big", "--replies", replies, "--resume")


def test_a_mistake_is_told_before_the_teacher_is_asked(
    data: Path, tiny: list[str], tmp_path: Path, teacher: ScriptedModel
) -> None:
    """In its name, in the student's, and in a folder that holds something else."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    common = ["--data", data, "--teacher", "openai:big"]
    with pytest.raises(ConfigurationError, match="No model is called 'bigg'"):
        run("--data", data, "--teacher", "bigg", "--replies", tmp_path / "r.jsonl")
    with pytest.raises(ModelNotFoundError, match="There is no model 'smollm'"):
        run(*common, "--student", "smollm", "--out", tmp_path / "student")
    with pytest.raises(InputError, match="something else"):
        run(*common, "--student", tiny[0], "--out", tmp_path / "mine")
    assert teacher.num_calls == 0


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--teacher", "openai:x"], "Say with --student who learns"),
        (["--teacher", "openai:x", "--student", "y"], "say with --out"),
        (["--teacher", "openai:x", "--level", "logits"], "Say with --student who learns"),
        (
            ["--teacher", "openai:x", "--student", "y", "--out", "no/such/folder"],
            "There is no folder 'no/such'",
        ),
        (["--teacher", "openai:x", "--replies", "no/such/x.jsonl"], "There is no folder 'no/such'"),
        (["--teacher", "openai:x", "--level", "words"], "words"),
    ],
)
def test_a_wrong_option_is_told_at_once(data: Path, options: list[str], told: str) -> None:
    """Before anything slow is loaded."""
    result = CliRunner().invoke(app, ["train", "distil", "--data", str(data), *options])
    assert result.exit_code == 2
    assert told in " ".join(result.output.replace("│", " ").split())


def test_a_missing_or_broken_file_is_told(data: Path, tmp_path: Path) -> None:
    """With its line."""
    common = ["train", "distil", "--teacher", "openai:x", "--replies", str(tmp_path / "r.jsonl"), "--data"]
    assert "does not exist" in CliRunner().invoke(app, [*common, str(tmp_path / "gone.jsonl")]).output
    data.write_text(data.read_text("utf-8") + "{\n", encoding="utf-8")
    found = CliRunner().invoke(app, [*common, str(data)]).exception
    assert isinstance(found, InputError)
    assert f"{data}:5: not a dialogue" in str(found)


def test_another_vocabulary_names_the_way_out(data: Path, tiny: list[str], tmp_path: Path) -> None:
    """Learning from replies needs none in common."""
    from transformers import AutoTokenizer

    folder = tiny[1].removeprefix("transformers:")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens(["<extra>"])
    tokenizer.save_pretrained(folder)
    options = ["--data", data, "--student", tiny[0], "--teacher", tiny[1], "--out", tmp_path / "out"]
    with pytest.raises(ConfigurationError, match="--level sequence"):
        run(*options, "--level", "logits", "--device", "cpu")
