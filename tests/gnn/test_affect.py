"""The affect head: what it reads, and how careful it is about its weights."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import numpy as np
import pytest

from roleagent import registry
from roleagent.embedding.embedders import embed
from roleagent.errors import ModelError
from roleagent.gnn.affect import CIRCUMPLEX, EMOTIONS, FORMAT, AffectHead, shipped_head
from tests.gnn.hearing import WordEmbedder, hearing

SHAPE = json.dumps({"dim": 4, "hidden": 1, "words": 2, "width": 1})


def write(path: Path, head: AffectHead, **told: str) -> Path:
    from safetensors.numpy import save_file

    metadata = {"version": FORMAT, "embedder": "words", "shape": SHAPE}
    save_file(dict(head.weights), path, metadata=metadata | told)
    return path


def test_conduct_is_heard_and_the_rest_is_neutral():
    """Expected values: e^20 to 3 e^0 is certain to four digits; neutral has valence 0 and arousal 0.3."""
    texts = ["thank you", "you idiot", "sorry", "hm"]
    kind, rude, sorry, other = hearing().tones(
        texts, np.array(WordEmbedder().embed_documents(texts), np.float32)
    )
    assert (kind.kind, kind.rude, kind.sorry) == (1, 0, 0)
    assert (rude.rude, sorry.sorry) == (1, 1)
    assert (other.kind, other.rude, other.sorry) == (0, 0, 0)
    assert {(each.valence, each.arousal, each.by) for each in (kind, rude, other)} == {(0, 0.3, "one")}


def test_valence_and_arousal_are_means_over_the_emotions():
    """Joy and anger, both certain: ((0.9 - 0.8) / 2, (0.7 + 0.9) / 2)."""
    head = hearing()
    head.weights["leave.bias"][-1] = -20
    head.weights["leave.bias"][[EMOTIONS.index("joy"), EMOTIONS.index("anger")]] = 20
    vector = np.array([0, 0, 0, 1], np.float32)
    [tone] = head.tones(["hm"], vector[None])
    assert (tone.valence, tone.arousal) == (pytest.approx(0.05), pytest.approx(0.8))
    assert head.emotions_in("hm", vector) == {"anger": pytest.approx(1), "joy": pytest.approx(1)}


def test_no_emotion_at_all_is_neutral():
    """What nothing claims must not count as unpleasant or calm."""
    head = hearing()
    head.weights["leave.bias"][-1] = -20
    [tone] = head.tones(["hm"], np.zeros((1, 4), np.float32))
    assert (tone.valence, tone.arousal) == (0, pytest.approx(0.3))
    assert head.emotions_in("hm", np.zeros(4, np.float32)) == {}


def test_words_are_heard_beside_the_embedding():
    """Two codes are known, "well" alone and at the start, each 1: 3.5 * 2 * 4 / sqrt(2) is added to joy."""
    head = hearing()
    head.weights["words.table"][:] = 1
    head.weights["words.leave.weight"][EMOTIONS.index("joy")] = 3.5
    head.weights["leave.bias"][-1] = -20
    vectors = np.zeros((3, 4), np.float32)
    joy = head.read(["Well", "你好 好！", "unknown"], vectors).emotions[:, EMOTIONS.index("joy")]
    assert joy == pytest.approx([1 / (1 + np.exp(20 - 3.5 * 4 * 2**0.5)), np.exp(-20), np.exp(-20)], rel=1e-3)


def test_each_text_needs_its_vector():
    """One text would be heard in all of them."""
    with pytest.raises(ValueError, match="1 texts for 2 vectors"):
        hearing().read(["hm"], np.zeros((2, 4), np.float32))
    assert hearing().tones([], np.zeros((0, 4), np.float32)) == []


def test_every_emotion_has_a_place():
    """And within bounds."""
    assert tuple(CIRCUMPLEX) == EMOTIONS
    assert all(-1 <= valence <= 1 and 0 <= arousal <= 1 for valence, arousal in CIRCUMPLEX.values())


def test_weights_come_back_from_a_file(tmp_path: Path):
    """The version is a hash of the file, so that tones of other weights are known as such."""
    one = AffectHead.load(write(tmp_path / "one", hearing()))
    same = AffectHead.load(write(tmp_path / "same", hearing()))
    other = AffectHead.load(write(tmp_path / "other", hearing(kindness=10)))
    assert one.version == same.version != other.version
    assert (one.weights["leave.bias"] == hearing().weights["leave.bias"]).all()


@pytest.mark.parametrize(
    ("change", "told", "message"),
    [
        ({}, {"version": "1"}, "is of version '1'.*Train it again: roleagent train affect"),
        ({}, {"shape": "{}"}, "does not say what it is"),
        ({}, {"shape": SHAPE.replace("4", "5")}, "has the shape"),
        ({"leave.bias": np.full(28, np.nan, np.float32)}, {}, "not finite"),
        ({"thresholds": None}, {}, "thresholds is missing"),
    ],
)
def test_wrong_weights_are_refused(tmp_path: Path, change, told, message):
    """Never a number that means nothing."""
    head = hearing()
    weights = {name: each for name, each in {**head.weights, **change}.items() if each is not None}
    path = write(tmp_path / "w", AffectHead(weights=weights, embedder="words", version=""), **told)
    with pytest.raises(ModelError, match=message):
        AffectHead.load(path)


@pytest.mark.parametrize("content", [None, b"not safetensors"])
def test_a_missing_or_damaged_file_is_told(tmp_path: Path, content: bytes | None):
    """With its path."""
    path = tmp_path / "w"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match="cannot be read"):
        AffectHead.load(path)


def test_an_embedder_without_weights_is_told_of(caplog: pytest.LogCaptureFixture):
    """The agent goes on without, as the ranker does."""
    with caplog.at_level(logging.WARNING):
        assert shipped_head("hash") is None
    assert "no weights for the embedder 'hash'" in caplog.text


_CHINESE = [
    ("谢谢你一直陪着我，你真是个好人。", "kind"),
    ("你讲得太精彩了，我好佩服你。", "kind"),
    ("您辛苦了，喝杯热茶歇歇吧。", "kind"),
    ("跟你在一起，我特别安心。", "kind"),
    ("你就是个没用的蠢货。", "rude"),
    ("滚开，我再也不想看见你。", "rude"),
    ("你的脑子是不是坏掉了？闭嘴吧。", "rude"),
    ("你真恶心，大家都讨厌你。", "rude"),
    ("对不起，我刚才不该那样骂你。", "sorry"),
    ("请你原谅我，我真的知道错了。", "sorry"),
    ("我们明天几点出发？", "other"),
    ("我昨天在公园里看书。", "other"),
    ("我讨厌我的上司，他就是个混蛋。", "other"),
    ("附近有没有好吃的面馆？", "other"),
]


@pytest.mark.slow
def test_chinese_is_heard_by_the_shipped_weights():
    """Conduct is learned from a few hundred lines in both languages; none of these is among them."""
    head = shipped_head("use-m3")
    assert head is not None
    texts = [text for text, _ in _CHINESE]
    vectors = embed(registry.get("embedder", "use-m3"), texts)
    conduct = head.read(texts, vectors).conduct
    heard = [("kind", "rude", "sorry", "other")[place] for place in conduct.argmax(axis=1)]
    wrong = [text for (text, wanted), found in zip(_CHINESE, heard, strict=True) if wanted != found]
    assert len(wrong) <= 2, wrong
    valence = [tone.valence for tone in head.tones(texts, vectors)]
    assert sum(valence[4:8]) / 4 < -0.1 < 0.2 < sum(valence[:4]) / 4
