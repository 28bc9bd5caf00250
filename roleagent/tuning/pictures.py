"""Dialogues with pictures, for models that take pictures and text (LLaVA, arXiv 2304.08485, and alike).

Each is a sequence of its own. Its replies, good and rejected, branch off from one prompt, so the pictures
are read once. Some models cannot do that: their positions count pictures in two dimensions, or their
attention takes no mask. So it is tried out: the log-probabilities must be those of the replies one by one. If
they are not, every reply gets a row of its own with the whole prompt and all pictures, which costs more and
trains the same.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roleagent.errors import AttachmentError, InputError, ModelError
from roleagent.perception.media import load_attachment, open_image
from roleagent.perception.pictures import MAX_SIDE
from roleagent.tuning.packing import Packed, pack

if TYPE_CHECKING:
    from PIL import Image

    from roleagent.tuning.bases import Base
    from roleagent.tuning.dialogues import Dialogue
    from roleagent.tuning.encoding import Encoded
    from roleagent.tuning.scoring import Inputs

_SAME, _SAME_IN_HALF = 1e-3, 5e-2  # nats a token, by which rounding may tell two ways of computing apart
_TYPES = ("mm_token_type_ids", "token_type_ids")  # which tokens are a picture's, for models that ask

_log = logging.getLogger(__name__)


class PictureInputs:
    """Makes tensors of dialogues with pictures.

    Args:
        base: a model that sees.
    """

    def __init__(self, base: Base) -> None:
        self._base = base
        self._processor = base.processor
        self._token: int = base.tokenizer.convert_tokens_to_ids(base.processor.image_token)
        self._branches: bool | None = None  # not tried yet

    def __call__(self, encoded: Encoded) -> Inputs:
        """The dialogue with all its replies, and its pictures as the model's processor prepares them.

        Raises:
            InputError: a picture is missing, too large, damaged or none; the message names file and dialogue.
            ModelError: the model's chat template or processor does not place one token for each picture.
        """
        pictures = [_open(path, encoded.dialogue) for path in encoded.dialogue.pictures]
        encoded = self._with_room(encoded, pictures)
        packed, tensors = pack([encoded]), self._prepared(pictures)
        rows = self._in_rows(packed, encoded, tensors)
        if not encoded.rejected:
            return rows
        branching = self._branching(packed, tensors)
        if self._branches is None:
            self._branches = self._is_same(branching, rows)
        return branching if self._branches else rows

    def _with_room(self, encoded: Encoded, pictures: Sequence[Image.Image]) -> Encoded:
        """The same with as many tokens for each picture as the model makes of it."""
        if sum(piece.count(self._token) for piece in encoded.pieces) != len(pictures):
            raise ModelError(
                f"The chat template of {self._base.name!r} does not write {self._processor.image_token!r} "
                "once for each picture, so it cannot be trained on pictures. Leave such dialogues out."
            )
        spreads = iter([self._spread(picture) for picture in pictures])

        def spread(piece: Sequence[int]) -> Iterator[int]:
            for token in piece:
                yield from next(spreads) if token == self._token else [token]

        return replace(encoded, pieces=tuple(tuple(spread(piece)) for piece in encoded.pieces))

    def _spread(self, picture: Image.Image) -> list[int]:
        text = [self._processor.image_token]
        made = self._processor(text=text, images=[picture], add_special_tokens=False)
        return list(made["input_ids"][0])

    def _prepared(self, pictures: Sequence[Image.Image]) -> dict[str, Any]:  # Any: tensors
        """What the processor makes of the pictures, without what it makes of text."""
        how = {"add_special_tokens": False, "return_tensors": "pt"}
        text = [self._processor.image_token * len(pictures)]
        made = self._processor(text=text, images=list(pictures), **how)
        return {name: each for name, each in made.items() if name not in ("input_ids", "attention_mask")}

    def _branching(self, packed: Packed, tensors: dict[str, Any]) -> Inputs:  # Any: tensors
        from roleagent.tuning.scoring import as_inputs

        inputs = as_inputs(packed)
        shown = self._typed(tensors, inputs.tensors["input_ids"])
        return replace(inputs, tensors={**inputs.tensors, **shown})

    def _in_rows(self, packed: Packed, encoded: Encoded, tensors: dict[str, Any]) -> Inputs:  # Any: tensors
        """One row for each way in which the dialogue may end."""
        import torch

        from roleagent.tuning.scoring import Inputs

        before = [token for piece in encoded.pieces[:-1] for token in piece]
        ends = [encoded.reply, *(ids for ids, _ in encoded.rejected)]
        length = len(before) + max(map(len, ends))
        ids = torch.full((len(ends), length), self._base.tokenizer.eos_token_id)
        mask = torch.zeros((len(ends), length), dtype=torch.long)
        for row, end in enumerate(ends):
            ids[row, : len(before) + len(end)] = torch.tensor([*before, *end])
            mask[row, : len(before) + len(end)] = 1
        rows, places = list[int](), list[int]()
        first_end = len(packed.answers) - len(ends)
        for at, answer in enumerate(packed.answers):
            row = max(at - first_end, 0)
            start = len(before) - 1
            rows += [row] * len(answer.tokens)
            places += range(start, start + len(answer.tokens)) if at >= first_end else answer.before
        shown = {name: torch.cat([each] * len(ends)) for name, each in tensors.items()}
        return Inputs(
            key=uuid.uuid4().hex,
            packed=packed,
            tensors={"input_ids": ids, "attention_mask": mask, **self._typed(shown, ids)},
            rows=torch.tensor(rows),
            places=torch.tensor(places),
            targets=torch.tensor([token for answer in packed.answers for token in answer.tokens]),
        )

    def _typed(self, tensors: dict[str, Any], ids: Any) -> dict[str, Any]:  # Any: tensors
        """The same, with what says which tokens are a picture's fitted to these tokens."""
        return {
            name: (ids == self._token).to(each.dtype) if name in _TYPES else each
            for name, each in tensors.items()
        }

    def _is_same(self, branching: Inputs, rows: Inputs) -> bool:
        """Whether the model gives branching replies the log-probabilities that they have one by one."""
        import torch

        from roleagent.tuning.scoring import log_probs_of

        model = self._base.model
        weights = next(model.parameters())
        was_training = model.training
        model.eval()
        try:
            with torch.no_grad():
                alone = torch.cat(log_probs_of(model, rows.to(weights.device)))
                try:
                    together = torch.cat(log_probs_of(model, branching.to(weights.device)))
                except (RuntimeError, ValueError, TypeError, IndexError) as error:
                    _log.warning("%s takes no branching replies (%s).", self._base.name, error)
                    return False
        finally:
            model.train(was_training)
        apart = float((alone - together).abs().mean())
        is_same = apart <= (_SAME if weights.dtype == torch.float32 else _SAME_IN_HALF)
        if not is_same:
            _log.warning("%s mixes up branching replies (by %.3g nats).", self._base.name, apart)
        return is_same


def _open(path: str, dialogue: Dialogue) -> Image.Image:
    """A picture as it is shown in a conversation."""
    try:
        picture = open_image(load_attachment(Path(path)))
    except AttachmentError as error:
        raise InputError(f"{path}: {error} It belongs to dialogue {dialogue.id}.") from error
    picture.thumbnail((MAX_SIDE, MAX_SIDE))
    return picture
