"""Tags name what a photograph shows, and keep quiet where they would guess."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from roleagent import registry
from roleagent.errors import PerceptionError
from roleagent.perception.tagger import Tagger, _to_tensor
from roleagent.protocols import Perceptor
from roleagent.testing.perceptors import check_perceptor
from roleagent.types import Attachment

pytestmark = pytest.mark.xdist_group("torch")


def shared_tagger() -> Perceptor:
    return registry.get("perceptor", "tagger")  # type: ignore[no-any-return]


@pytest.mark.parametrize("size", [(224, 224), (1000, 30), (1, 1)])
def test_any_picture_becomes_a_square_between_minus_one_and_one(size: tuple[int, int]) -> None:
    """White is 1 and black -1, as in the weights' training."""
    assert _to_tensor(Image.new("RGB", size, "white")).shape == (1, 3, 224, 224)
    assert _to_tensor(Image.new("RGB", size, "white")).unique().tolist() == [1.0]
    assert _to_tensor(Image.new("RGB", size, "black")).unique().tolist() == [-1.0]


def test_missing_weights_are_reported_as_a_failure_of_this_perceptor(
    tmp_path: Path, red_square: Attachment
) -> None:
    """A file removed after start must not end a turn in a stack trace."""
    with pytest.raises(PerceptionError, match=r"'tagger' failed on 'red.png'.*labels.json"):
        Tagger(tmp_path).perceive(red_square)


@pytest.mark.slow
def test_a_photograph_of_an_espresso_is_called_that(coffee: Attachment) -> None:
    """Weights, padding, scaling and labels must all be right for this."""
    (tags,) = check_perceptor(shared_tagger, coffee)
    assert tags.kind == "tags"
    assert tags.text.startswith("espresso (0.9")
    assert tags.confidence is not None
    assert tags.confidence > 0.9


@pytest.mark.slow
def test_a_page_is_not_called_a_website(telegram: Attachment) -> None:
    """The class of that name is ImageNet's only one for text, and a telegram of 1895 has none."""
    (tags,) = check_perceptor(shared_tagger, telegram)
    assert tags.text.startswith("page of text")


@pytest.mark.slow
def test_torch_keeps_its_threads_for_others(coffee: Attachment) -> None:
    """The tagger works on one thread; a language model on torch must not be slowed down by that."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        shared_tagger().perceive(coffee)
        with ThreadPoolExecutor(1) as new_thread:
            assert new_thread.submit(torch.get_num_threads).result() == 3
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
