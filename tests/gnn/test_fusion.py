"""Fusion in numpy: equal to torch's, whatever is missing, and careful about what it is given."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from roleagent.errors import InputError, ModelError
from roleagent.gnn.fusion import VERSION, Fusion
from roleagent.gnn.fusion_shape import WAYS, FusionShape

DIMS = {"text": 7, "picture": 5, "voice": 9}
NUM_TURNS = 20


def shape_of(way: str) -> FusionShape:
    return FusionShape(way=way, dims=DIMS, out_dim=6, hidden=16, tokens=4, heads=2)


def random_weights(shape: FusionShape) -> dict[str, np.ndarray]:
    """Of every size, with scales that are not negative."""
    random = np.random.default_rng(0)
    made = {name: random.normal(0, 0.5, size).astype(np.float32) for name, size in shape.weights().items()}
    return {name: np.abs(each) + 0.5 if name.endswith(".scale") else each for name, each in made.items()}


def untrained(way: str) -> Fusion:
    shape = shape_of(way)
    return Fusion(shape=shape, weights=random_weights(shape), features={name: f"my {name}" for name in DIMS})


def turns() -> dict[str, np.ndarray]:
    random = np.random.default_rng(1)
    return {name: random.normal(size=(NUM_TURNS, dim)).astype(np.float32) for name, dim in DIMS.items()}


def some_missing() -> dict[str, np.ndarray]:
    """Every combination that leaves one."""
    bits = np.arange(NUM_TURNS) % 7 + 1
    return {name: bits >> place & 1 == 1 for place, name in enumerate(DIMS)}


def write(path: Path, fusion: Fusion, weights: dict[str, np.ndarray] | None = None, **told: str) -> Path:
    metadata = {
        "version": VERSION,
        "shape": json.dumps(asdict(fusion.shape)),
        "features": json.dumps(dict(fusion.features)),
    }
    save_file(dict(fusion.weights) if weights is None else weights, path, metadata=metadata | told)
    return path


@pytest.mark.xdist_group("torch")
@pytest.mark.parametrize("way", WAYS)
def test_numpy_computes_what_torch_computes(way: str):
    """The network that is trained is the one that runs, with everything there and with anything missing."""
    torch = pytest.importorskip("torch")
    from roleagent.gnn.fusion_network import FusionNetwork

    ours = untrained(way)
    theirs = FusionNetwork(ours.shape).eval()
    theirs.load_state_dict(
        {name: torch.as_tensor(each) for name, each in ours.weights.items()}
    )  # all, and no other
    given = {name: torch.as_tensor(each) for name, each in turns().items()}
    for present in ({}, some_missing()):
        there = np.stack([present.get(name, np.ones(NUM_TURNS, bool)) for name in DIMS], axis=1)
        with torch.no_grad():
            wanted = theirs(given, torch.as_tensor(there)).numpy()
        assert np.allclose(ours.fuse_all(turns(), present).vectors, wanted, atol=1e-5)


@pytest.mark.parametrize("way", WAYS)
def test_what_is_missing_is_not_read(way: str):
    """Whatever stands there, even NaN, the vector is the same as without it."""
    features, present = turns(), some_missing()
    spoilt = {name: np.where(present[name][:, None], each, np.nan) for name, each in features.items()}
    one, other = (untrained(way).fuse_all(each, present).vectors for each in (features, spoilt))
    assert np.array_equal(one, other)
    assert np.isfinite(one).all()
    text = features["text"][2]
    assert np.allclose(
        untrained(way).fuse({"text": text}), untrained(way).fuse({"text": text, "voice": None})
    )
    only_text = {"text": np.ones(1, bool), "picture": np.zeros(1, bool), "voice": np.zeros(1, bool)}
    first = {name: each[2:3] for name, each in features.items()}
    assert np.allclose(
        untrained(way).fuse({"text": text}), untrained(way).fuse_all(first, only_text).vectors[0]
    )


@pytest.mark.parametrize("way", WAYS)
def test_each_modality_counts(way: str):
    """A fusion that is deaf to one is none."""
    features = {name: each[0] for name, each in turns().items()}
    whole = untrained(way).fuse(features)
    for name in DIMS:
        assert not np.allclose(whole, untrained(way).fuse(features | {name: -features[name]}), atol=1e-3)
        assert not np.allclose(whole, untrained(way).fuse(features | {name: None}), atol=1e-3)


@pytest.mark.parametrize("way", WAYS)
def test_a_turn_does_not_depend_on_its_neighbours(way: str):
    """One by one or together."""
    features, present = turns(), some_missing()
    together = untrained(way).fuse_all(features, present).vectors
    for place in range(7):
        alone = {name: each[place] for name, each in features.items() if present[name][place]}
        assert np.allclose(together[place], untrained(way).fuse(alone), atol=1e-5)


@pytest.mark.parametrize("way", ["decision", "gated"])
def test_shares_go_to_what_is_there(way: str):
    """They sum up to one, and a missing modality has none."""
    shares = untrained(way).fuse_all(turns(), some_missing()).shares
    assert shares is not None
    assert np.allclose(shares.sum(axis=1), 1, atol=1e-5)
    for place, there in enumerate(some_missing().values()):
        assert not shares[~there, place].any()
        assert (shares[there, place] > 0).all()


def test_decision_averages_what_each_says_alone():
    """With equal trust: the mean of the three vectors."""
    fusion = untrained("decision")
    weights = {**fusion.weights, "mixer.trust": np.zeros(3, np.float32)}
    fusion = Fusion(shape=fusion.shape, weights=weights, features=fusion.features)
    features = {name: each[0] for name, each in turns().items()}
    alone = [fusion.fuse({name: each}) for name, each in features.items()]
    assert np.allclose(fusion.fuse(features), np.mean(alone, axis=0), atol=1e-5)


@pytest.mark.parametrize("way", WAYS)
def test_extreme_features_are_cut(way: str):
    """A sound unlike any of the training moves the vector, but within bounds."""
    features = {name: np.full(dim, 1e30, np.float32) for name, dim in DIMS.items()}
    large = {name: np.full(dim, 1e3, np.float32) for name, dim in DIMS.items()}
    assert np.allclose(untrained(way).fuse(features), untrained(way).fuse(large))


@pytest.mark.parametrize(
    ("features", "present", "told"),
    [
        ({}, {}, "All modalities are missing"),
        (
            {"text": np.zeros((2, 7))},
            {"text": np.array([True, False])},
            "All modalities of turn 1 are missing",
        ),
        ({"smell": np.zeros((1, 3))}, {}, r"not \['smell'\]"),
        ({"text": np.zeros((1, 8))}, {}, r"shape \(1, 8\) instead of \(1, 7\)"),
        ({"text": np.zeros((1, 7)), "voice": np.zeros((2, 9))}, {}, r"shape \(2, 9\) instead of \(1, 9\)"),
        ({"text": np.full((1, 7), np.nan)}, {}, "text features hold numbers that are not finite"),
    ],
)
def test_what_cannot_be_fused_is_refused(features, present, told: str):
    """An error that names the modality, and never NaN."""
    with pytest.raises(InputError, match=told):
        untrained("gated").fuse_all(features, present)


@pytest.mark.parametrize("way", WAYS)
def test_what_is_saved_is_loaded(way: str, tmp_path: Path):
    """The same vectors, and what the features were made by."""
    loaded = Fusion.load(write(tmp_path / "fusion.safetensors", untrained(way)))
    assert loaded.shape == shape_of(way)
    assert loaded.features == untrained(way).features
    assert np.array_equal(loaded.fuse_all(turns()).vectors, untrained(way).fuse_all(turns()).vectors)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda each: each | {"mixer.gate.bias": each["mixer.gate.bias"] * np.nan},
            r"mixer.gate.bias.*not finite",
        ),
        (
            lambda each: each | {"mixer.gate.bias": np.zeros(3, np.float32)},
            r"mixer.gate.bias has the shape \(3,\)",
        ),
        (lambda each: {"mixer.gate.bias": each["mixer.gate.bias"]}, "encoders.text.mean is missing"),
    ],
)
def test_damaged_weights_are_refused(tmp_path: Path, change, told: str):
    """Never a turn vector that is none."""
    fusion = untrained("gated")
    path = write(tmp_path / "damaged.safetensors", fusion, change(dict(fusion.weights)))
    with pytest.raises(ModelError, match=told):
        Fusion.load(path)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"version": "0"}, "version '0'.*Train it again"),
        ({"shape": "{}"}, "is no fusion"),
        ({"shape": "[]"}, "is no fusion"),
        ({"features": '{"text": "use-m3"}'}, "features name"),
    ],
)
def test_metadata_that_does_not_fit_is_refused(tmp_path: Path, told: dict[str, str], message: str):
    """They were trained on other numbers."""
    with pytest.raises(ModelError, match=message):
        Fusion.load(write(tmp_path / "old.safetensors", untrained("gated"), **told))


def test_a_file_that_is_none_is_refused(tmp_path: Path):
    """A message, not a stack trace."""
    path = tmp_path / "x.safetensors"
    path.write_bytes(b"no weights at all")
    for each in (path, tmp_path / "missing.safetensors"):
        with pytest.raises(ModelError, match="cannot be read as weights"):
            Fusion.load(each)


def test_features_of_another_encoder_are_refused():
    """Two encoders' numbers do not mean the same."""
    untrained("gated").check_features({"text": "my text"})
    with pytest.raises(ModelError, match=r"trained on text features of 'my text'.*'other'"):
        untrained("gated").check_features({"text": "other"})
    with pytest.raises(ModelError, match="of None"):
        untrained("gated").check_features({"smell": "nose"})
