"""What the trained head takes for another voice than the character's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from roleagent import registry
from roleagent.critics.kernel_head import KernelHead
from roleagent.critics.training.kernel import KernelOptions, save, train
from roleagent.critics.training.voice import read_voices, voice_texts
from roleagent.critics.training.voice_card import card_of
from roleagent.critics.voice import FAULT, MADE_BY, OUTPUTS, VOICES, VoiceCritic, shipped_weights
from roleagent.errors import InputError, ModelUnavailableError
from roleagent.testing.critics import check_critic

ASSISTANT = "I do not have enough information to provide an accurate answer to your question."


@pytest.fixture(scope="module")
def critic() -> VoiceCritic:
    made = VoiceCritic()
    made.warm_up()
    return made


def test_shipped_weights_have_a_card_of_their_own():
    """A card that was left behind by a new training would mislead."""
    path = shipped_weights()
    card, head = path.with_suffix(".md").read_text(encoding="utf-8"), KernelHead.load(path, made_by=MADE_BY)
    assert head.outputs == OUTPUTS
    assert f"| version of the weights | `{head.version}` |" in card
    assert f"| threshold of any fault | {head.threshold:.4f} |" in card
    assert "A language model wrote all texts" in card
    assert "roleagent train critic voice --embedder use-m3" in card
    assert path.stat().st_size < 1_000_000


def test_the_texts_can_be_read():
    """Every voice in both languages, with twins."""
    data = voice_texts(KernelOptions())
    for language in ("en", "zh"):
        part = np.array([spoken == language for spoken in data.languages])
        assert (data.wanted[part].sum(axis=0) > 40).all()
        assert (data.wanted[part, 0] == 0).sum() > 2_000


@pytest.mark.parametrize("block", ["= singer\n! La.\n. Tra.", "assistant\n! a\n. b", "= assistant\n! a"])
def test_a_broken_group_is_named(tmp_path, block):
    path = tmp_path / "en_01.txt"
    path.write_text(block, encoding="utf-8")
    with pytest.raises(InputError, match=r"en_01\.txt: a group is"):
        list(read_voices(path))


def test_a_small_head_is_written_with_its_card(tmp_path):
    from roleagent.testing.embedders import HashEmbedder

    data = voice_texts(KernelOptions(languages=("en",)))
    few = np.flatnonzero(data.wanted[:, 0] > 0)[::12].tolist()
    few += np.flatnonzero(data.wanted[:, 0] == 0)[::12].tolist()
    data = replace(
        data,
        texts=tuple(data.texts[at] for at in few),
        wanted=data.wanted[few],
        groups=data.groups[few],
        languages=tuple(data.languages[at] for at in few),
        kinds=tuple(data.kinds[at] for at in few),
    )
    options = KernelOptions(languages=("en",), axes=64, folds=2)
    trained = train(HashEmbedder(), data, options)
    path = tmp_path / "voice-hash.safetensors"
    save(trained, path, embedder="hash", options=options)
    head = KernelHead.load(path, made_by=MADE_BY)
    card = card_of("voice-hash", head, trained, data, options, command=MADE_BY)
    assert f"| lines at fault | {int(data.wanted[:, 0].sum())} |" in card


def test_without_weights_everything_passes(make_scene, holmes, monkeypatch, caplog):
    def missing(kind: str, name: str) -> object:
        raise ModelUnavailableError(f"{name} is not on this machine.")

    monkeypatch.setattr(registry, "get", missing)
    critic = VoiceCritic()
    for _ in range(2):
        assert critic.check(ASSISTANT, make_scene(holmes), complete=True).ok
    assert len(caplog.records) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "draft",
    [
        ASSISTANT,
        "There are many factors to consider, and it is important to find a balance that works for you.",
        "Feel free to reach out if you need any further assistance with your inquiry.",
    ],
)
def test_an_assistant_is_heard(critic, make_scene, holmes, draft):
    verdict = critic.check(draft, make_scene(holmes), complete=True)
    assert not verdict.ok
    assert verdict.is_mild
    assert verdict.quote == draft
    assert max(verdict.parts, key=lambda part: part[1])[0] == "assistant"
    assert verdict.score > verdict.threshold


@pytest.mark.slow
@pytest.mark.parametrize(
    "draft", ["根据您提供的信息，我暂时无法给出准确的回答。", "如果您还有其他问题，欢迎随时向我咨询。"]
)
def test_an_assistant_is_heard_in_chinese(critic, make_scene, wukong, draft):
    assert not critic.check(draft, make_scene(wukong), complete=True).ok


@pytest.mark.slow
@pytest.mark.parametrize(
    "draft",
    [
        "You have walked through clay this morning, I perceive. Sit down by the fire.",
        "Nonsense, Watson. Hand me the tobacco and let me think.",
        "",
        "🙂🙂",
        "Yes.",
    ],
)
def test_the_character_may_speak(critic, make_scene, holmes, draft):
    assert critic.check(draft, make_scene(holmes), complete=True).ok


@pytest.mark.slow
def test_the_last_draft_may_say_it(critic, make_scene, holmes):
    assert critic.check(ASSISTANT, make_scene(holmes, drafts_left=0), complete=True).ok


@pytest.mark.slow
def test_a_long_draft_takes_no_long_time(critic, make_scene, holmes):
    """Every sentence is scored once."""
    scores = critic.scores(["The fog is thick over the river tonight."] * 50)
    assert len(scores) == 50
    assert set(scores[0]) == {FAULT, *VOICES}


@pytest.mark.slow
def test_it_keeps_the_promises_of_a_critic(critic):
    check_critic(critic)
