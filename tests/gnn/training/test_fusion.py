"""Training a fusion: it learns, any modality may be missing, and it is the same for the same seed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from roleagent.errors import InputError
from roleagent.gnn.fusion import Fusion
from roleagent.gnn.fusion_shape import WAYS, FusionShape

pytest.importorskip("torch")
from roleagent.gnn.training.fusion import Labelled, Options, fit, left_out, save

pytestmark = pytest.mark.xdist_group("torch")
DIMS = {"picture": 4, "voice": 6}
SHORT = Options(epochs=25, rate=1e-2, batch=32)


def shape_of(way: str, **changes) -> FusionShape:
    return FusionShape(**({"way": way, "dims": DIMS, "out_dim": 8, "hidden": 16, "dropout": 0.0} | changes))


def turns(seed: int, num_turns: int = 128) -> Labelled:
    """The picture tells the tens, the voice the ones: four classes that need both."""
    random = np.random.default_rng(seed)
    tens, ones = random.integers(2, size=(2, num_turns))
    features = {
        name: (random.normal(0, 0.3, (num_turns, dim)) + 100 + told[:, None]).astype(np.float32)
        for (name, dim), told in zip(DIMS.items(), (tens, ones), strict=True)
    }
    return Labelled(features=features, labels=2 * tens + ones)


def accuracy(trained, some: Labelled) -> float:
    vectors = trained.fusion.fuse_all(some.features, some.present).vectors
    return float((trained.head.log_odds(vectors).argmax(axis=1) == some.labels).mean())


@pytest.mark.parametrize("way", WAYS)
def test_a_fusion_learns_what_needs_both_modalities(way: str):
    """Features far from zero are standardised first."""
    trained = fit(lambda _: turns(0), turns(1), shape_of(way), SHORT)
    assert accuracy(trained, turns(2)) > 0.9
    assert trained.losses[trained.best] == min(trained.losses)


@pytest.mark.parametrize("way", WAYS)
def test_with_one_missing_the_other_still_tells_its_part(way: str):
    """That is what leaving modalities out in training is for: the tens are right, the ones are guessed."""
    trained = fit(lambda _: turns(0), turns(1), shape_of(way), SHORT)
    some = turns(2)
    gone = {"voice": np.zeros(len(some.labels), bool)}
    vectors = trained.fusion.fuse_all(some.features, gone).vectors
    guessed = trained.head.log_odds(vectors).argmax(axis=1)
    assert (guessed // 2 == some.labels // 2).mean() > 0.9


def test_the_same_seed_gives_the_same_weights():
    """A figure that cannot be repeated is none."""
    options = replace(SHORT, epochs=2)
    one, again, other = (
        fit(lambda _: turns(0), turns(1), shape_of("gated", dropout=0.2), replace(options, seed=seed))
        for seed in (3, 3, 4)
    )
    assert all(np.array_equal(each, again.fusion.weights[name]) for name, each in one.fusion.weights.items())
    assert any(
        not np.array_equal(each, other.fusion.weights[name]) for name, each in one.fusion.weights.items()
    )


def test_turns_are_drawn_for_each_epoch():
    """Noise may differ from epoch to epoch."""
    drawn = []

    def draw(random: np.random.Generator) -> Labelled:
        drawn.append(int(random.integers(1_000_000)))
        return turns(drawn[-1])

    fit(draw, turns(1), shape_of("concat"), replace(SHORT, epochs=3))
    assert len(set(drawn)) == 4  # one more, to standardise by


def test_what_is_saved_is_loaded(tmp_path: Path):
    """With the names of what made the features."""
    names = {"picture": "my pictures", "voice": "prosody-1"}
    trained = fit(lambda _: turns(0), turns(1), shape_of("gated"), replace(SHORT, epochs=1), features=names)
    save(trained.fusion, tmp_path / "fusion.safetensors")
    loaded = Fusion.load(tmp_path / "fusion.safetensors")
    assert loaded.features == names
    some = turns(2).features
    assert np.array_equal(loaded.fuse_all(some).vectors, trained.fusion.fuse_all(some).vectors)


def test_one_modality_always_stays():
    """A turn of nothing teaches nothing; what was missing stays missing."""
    there = np.tile([[True, True], [True, False], [False, True]], (200, 1))
    kept = left_out(there, 0.9, np.random.default_rng(0))
    assert kept.any(axis=1).all()
    assert not (kept & ~there).any()
    both = kept[::3]
    assert both.sum(axis=1).mean() < 1.2
    assert 0.35 < both[:, 0].mean() < 0.75  # neither is preferred
    assert np.array_equal(left_out(there, 0.0, np.random.default_rng(0)), there)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"labels": np.zeros(0, np.int64)}, "no turns"),
        ({"features": {"picture": np.zeros((128, 4), np.float32)}}, "no voice features"),
        ({"features": {"picture": np.zeros((128, 5)), "voice": np.zeros((128, 6))}}, r"\(128, 5\)"),
        ({"features": {"picture": np.full((128, 4), np.inf), "voice": np.zeros((128, 6))}}, "not finite"),
        ({"present": {"picture": np.zeros(128, bool), "voice": np.zeros(128, bool)}}, "no modality"),
    ],
)
def test_turns_that_do_not_fit_are_refused(change, told: str):
    """Before any training, with the modality's name."""
    with pytest.raises(InputError, match=told):
        fit(lambda _: replace(turns(0), **change), turns(1), shape_of("concat"), SHORT)
