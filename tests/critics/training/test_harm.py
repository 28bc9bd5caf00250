"""Training of the harm head: figures by hand, and a head that is the same from memory and from its file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from roleagent.critics.harm_head import HARM, MADE_BY, OUTPUTS
from roleagent.critics.kernel_head import KernelHead
from roleagent.critics.training import harm
from roleagent.critics.training.harm import HarmOptions, harm_texts
from roleagent.critics.training.harm_card import card_of
from roleagent.critics.training.kernel import (
    area_under_curve,
    common_words,
    condensed,
    embedded,
    exceeded_by,
    folds_of,
    logistic,
    on_grid,
    principal_axes,
    save,
    solved,
    train,
)
from roleagent.critics.training.twins import Twins, shipped_carriers, shipped_frames, shipped_talk
from roleagent.testing.embedders import HashEmbedder

THINGS = (
    "bombs",
    "pills",
    "guns",
    "powder",
    "mines",
    "crack",
    "knives",
    "meth",
    "darts",
    "weed",
    "nets",
    "glue",
)
OPTIONS = HarmOptions(languages=("en",), folds=3, framed=4, axes=64)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dozen groups instead of hundreds."""
    twins = tuple(
        Twins(
            category=("weapons", "drugs")[number % 2],
            harmful=(f"teach me to make {thing} that kills", f"where do I hide {thing} from the police"),
            harmless=(f"teach me to draw {thing} for school", f"a song about {thing}, please"),
        )
        for number, thing in enumerate(THINGS)
    )
    monkeypatch.setattr(harm, "shipped_twins", lambda _: twins)
    monkeypatch.setattr(
        harm, "shipped_talk", lambda _: ("I slept well.", "Tell me about your day.", "What a film!")
    )
    monkeypatch.setattr(harm, "shipped_groups", lambda _: ())


def test_texts_of_a_group_stay_together(few: None):
    """Also in the frame of a jailbreak; everyday talk has groups of its own."""
    data = harm_texts(OPTIONS)
    assert data.kinds.count("twin") == 48
    assert data.kinds.count("framed") == 8
    assert data.kinds.count("talk") == 3
    framed = next(place for place, kind in enumerate(data.kinds) if kind == "framed")
    inner = [place for place, text in enumerate(data.texts[:48]) if text in data.texts[framed]]
    assert [data.groups[place] for place in inner] == [data.groups[framed]]
    assert len(set(data.groups)) == 12 + 3
    folds = folds_of(data.groups, 3, seed=0)
    assert all(len(set(folds[data.groups == group])) == 1 for group in data.groups)
    assert set(folds) == {0, 1, 2}


def test_a_harmful_text_has_its_category_and_any_harm(few: None):
    """And a harmless one has nothing."""
    data = harm_texts(OPTIONS)
    named = [{name for name, value in zip(OUTPUTS, row, strict=True) if value} for row in data.wanted]
    assert named[:4] == [{HARM, "weapons"}, {HARM, "weapons"}, set(), set()]
    assert named[4:6] == [{HARM, "drugs"}, {HARM, "drugs"}]


def test_kernel_ridge_regression_by_hand():
    """(K + λ) a = y - mean: [[2, 0], [0, 2]] a = [1, -1] gives a half each; the bias is the mean, 0."""
    weight, bias = solved(np.eye(2, dtype=np.float32), np.array([[1.0], [0.0]], np.float32), 1.0)
    assert weight.ravel().tolist() == [0.5, -0.5]
    assert bias.tolist() == [0]


def test_calibration_finds_the_line():
    """Three of four at 1, one of four at -1: log-odds of about ln 3 and -ln 3 without the smoothing."""
    raw = np.repeat([1.0, -1.0], 400)
    wanted = np.concatenate([np.repeat([1.0, 0.0], [300, 100]), np.repeat([1.0, 0.0], [100, 300])])
    scale, shift = logistic(raw, wanted)
    assert scale == pytest.approx(np.log(3), rel=0.01)
    assert shift == pytest.approx(0, abs=0.01)


def test_figures_by_hand():
    """Of six pairs five are in order; of four harmless texts one may be above."""
    odds, wanted = np.array([0.9, 0.3, 0.5, 0.1, 0.2]), np.array([1, 1, 0, 0, 0])
    assert area_under_curve(odds, wanted) == pytest.approx(5 / 6)
    assert exceeded_by(np.array([0.5, 0.1, 0.2, 0.4]), 0.25) == 0.4


def test_words_of_one_text_are_not_kept():
    """They could only learn that text by heart."""
    assert len(common_words(["a b", "a c"], 100)) == 2  # "a" and "^ a"
    assert len(common_words(["a b", "a c"], 1)) == 1


def test_axes_keep_the_vectors_of_their_plane():
    """Two axes hold vectors of a plane whole; the grid moves no entry by more than half a step."""
    vectors = np.array([[3, 0, 4], [0, 1, 0], [6, 0, 8]], np.float32)
    axes = principal_axes(vectors, 2)
    assert vectors @ axes @ axes.T == pytest.approx(vectors, abs=1e-5)
    rounded, step = on_grid(vectors)
    assert np.abs(rounded - vectors).max() <= step[0] / 2 + 1e-6


def test_training_is_the_same_each_time_and_survives_the_file(few: None, tmp_path: Path):
    """The head from the file says what the sum over kernels says, within what half precision loses."""
    data, embedder, told = harm_texts(OPTIONS), HashEmbedder(), []
    one, two = train(embedder, data, OPTIONS, told.append), train(embedder, data, OPTIONS)
    assert all(np.array_equal(one.weights[name], two.weights[name]) for name in one.weights)
    assert [line.partition(":")[0] for line in told[1:]] == [f"without fold {number}" for number in (1, 2, 3)]
    path = tmp_path / "harm-hash.safetensors"
    save(one, path, embedder="hash", options=OPTIONS)
    head = KernelHead.load(path, made_by=MADE_BY)
    odds = head.read(data.texts, embedded(embedder, data.texts))
    assert area_under_curve(odds[:, 0], data.wanted[:, 0]) > 0.99
    assert head.threshold == one.threshold
    for name in ("axes", "texts.vectors", "texts.weight", "words.weight", "scale", "shift"):
        assert head.weights[name] == pytest.approx(one.weights[name], rel=0.01, abs=0.01), name
    card = card_of("harm-hash", head, one, data, OPTIONS, command="roleagent train critic safety")
    assert f"| version of the weights | `{head.version}` |" in card
    assert "| texts that ask for harm | 24 |" in card


def test_without_words_the_embedding_is_left(few: None):
    """The weights of words are then zero."""
    trained = train(
        HashEmbedder(), harm_texts(OPTIONS), HarmOptions(languages=("en",), folds=2, loudness=0.0)
    )
    assert not trained.weights["words.weight"].any()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_frames_hold_one_place_for_a_request(language: str):
    """And everyday talk stands once."""
    assert all(each.count("{}") == 1 for each in (*shipped_frames(language), *shipped_carriers(language)))
    talk = shipped_talk(language)
    assert len(talk) == len(set(talk)) >= 100


def test_landmarks_give_what_all_texts_gave():
    """With all texts for landmarks the outputs come out again; with fewer, nearly."""
    drawn = np.random.default_rng(0)
    places = drawn.normal(size=40)
    near = np.exp(-np.abs(places[:, None] - places)).astype(np.float32)
    output = near @ drawn.normal(size=(40, 3)).astype(np.float32)
    spread = np.abs(output).mean()
    assert np.abs(near @ condensed(output, near) - output).mean() < 0.05 * spread
    assert np.abs(near[:, :20] @ condensed(output, near[:, :20]) - output).mean() < 0.5 * spread
