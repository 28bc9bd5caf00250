"""Networks of true architecture and size with random weights, made on the device and held in memory."""

from __future__ import annotations

import gc
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from roleagent.models.checkpoint import Checkpoint, hold_in_memory, release_checkpoint, shared_checkpoint

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedTokenizerFast

_PAD, _BEGIN, _END, _TURN, _IMAGE = "<pad>", "<s>", "</s>", "<turn>", "<image>"
_SPECIAL_TOKENS = (_PAD, _BEGIN, _END, _TURN, _IMAGE)
_NUM_TRAINED = 1024
_CORPUS = (
    "You are a keeper of the lighthouse at the end of the long pier, and you have lived there for years.",
    "You were born in a small town by the river. Your sister is a doctor, and your father was a smith.",
    "Your friend lives in the old house on the hill. You like bread, rain, maps and the sea, but not crowds.",
    "user: Good evening. What did you do today, and who was with you? assistant: I went to the market.",
    "system: Stay yourself. Answer in your own voice. What is on this picture? 0 1 2 3 4 5 6 7 8 9",
    "你好，我住在海边的小镇。今天天气怎么样？",
)
_TEMPLATE = (
    "{% for message in messages %}{{ '<turn>' + message['role'] + ': ' }}"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for block in message['content'] %}"
    "{% if block['type'] == 'image' %}{{ '<image>\\n' }}{% else %}{{ block['text'] }}{% endif %}"
    "{% endfor %}{% endif %}{{ '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<turn>assistant: ' }}{% endif %}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Settings of a transformer of the library, under the library's own names.

    Attributes:
        text: the language model.
        vision: the vision tower; empty for a model that does not see.
    """

    text: dict[str, int | float]
    vision: dict[str, int]


_TINY = {
    "vocab_size": 2048,
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 4096,
}
_TINY_VISION = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": 56,
    "patch_size": 14,
    "projection_dim": 32,
}
_QWEN_7B = {
    "vocab_size": 152064,
    "hidden_size": 3584,
    "intermediate_size": 18944,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "max_position_embeddings": 32768,
}
_LLAMA_7B = {
    "vocab_size": 32064,
    "hidden_size": 4096,
    "intermediate_size": 11008,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 32,
    "max_position_embeddings": 4096,
}
_CLIP_L_336 = {
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "image_size": 336,
    "patch_size": 14,
    "projection_dim": 768,
}
SHAPES = {
    "tiny": {
        "text": Shape(text={**_TINY}, vision={}),
        "pictures": Shape(text={**_TINY}, vision=_TINY_VISION),
    },
    "7b": {
        "text": Shape(text={**_QWEN_7B}, vision={}),
        "pictures": Shape(text={**_LLAMA_7B}, vision=_CLIP_L_336),
    },
}
"""By `--size`: the shapes of Qwen2.5-7B, and of LLaVA-1.5-7B with CLIP ViT-L/14 at 336 pixels."""


class OneModel:
    """Holds one model at a time: asking for another lets the last one go first.

    Args:
        size: a key of `SHAPES`.
        device: where the weights are made and stay, such as ``"cuda"``.
        seed: of the random weights.
    """

    def __init__(self, size: str, *, device: str, seed: int) -> None:
        self._size, self._device, self._seed = size, device, seed
        self._kind = ""
        self.held_as = ""

    def get(self, kind: str) -> Checkpoint:
        """The model of a kind, ``"text"`` or ``"pictures"``, in bfloat16."""
        if kind != self._kind:
            self.release()
            self.held_as = _make(kind, SHAPES[self._size][kind], device=self._device, seed=self._seed)
            self._kind = kind
        return shared_checkpoint(self.held_as, device=self._device, dtype="auto")

    def release(self) -> None:
        """Let the model go, and give its memory back to the device."""
        release_checkpoint(self.held_as)
        self._kind = self.held_as = ""
        free_memory()


def free_memory() -> None:
    """Give back to the device what nobody refers to any more."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _make(kind: str, shape: Shape, *, device: str, seed: int) -> str:
    import torch

    torch.manual_seed(seed)
    tokenizer = make_tokenizer(int(shape.text["vocab_size"]))
    with torch.device(device):
        model, processor = make_network(shape, tokenizer)
    never_end(model, tokenizer)
    return hold_in_memory(f"gpu-{kind}", model, processor)


def make_network(shape: Shape, tokenizer: PreTrainedTokenizerFast) -> tuple[Any, Any]:
    """A Qwen2, or a LLaVA if the shape has a vision tower, in bfloat16; and what makes tensors for it."""
    return (_make_pictures if shape.vision else _make_text)(shape, tokenizer)


def _make_text(shape: Shape, tokenizer: PreTrainedTokenizerFast) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForCausalLM, Qwen2Config

    config = Qwen2Config(**shape.text, tie_word_embeddings=False)  # type: ignore[arg-type]
    model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)  # type: ignore[no-untyped-call]
    return model, tokenizer


def _make_pictures(shape: Shape, tokenizer: PreTrainedTokenizerFast) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForImageTextToText

    config = _llava_config(shape, image_token=_SPECIAL_TOKENS.index(_IMAGE))
    model = AutoModelForImageTextToText.from_config(  # type: ignore[no-untyped-call]
        config, dtype=torch.bfloat16
    )
    return model, _processor(shape.vision, tokenizer)


def _llava_config(shape: Shape, *, image_token: int) -> PreTrainedConfig:
    from transformers import CLIPVisionConfig, LlamaConfig, LlavaConfig

    return LlavaConfig(
        vision_config=CLIPVisionConfig(**shape.vision),  # type: ignore[arg-type]
        text_config=LlamaConfig(**shape.text),  # type: ignore[arg-type]
        image_token_index=image_token,
        image_seq_length=(shape.vision["image_size"] // shape.vision["patch_size"]) ** 2,
        vision_feature_select_strategy="default",
        vision_feature_layer=-2,
    )


def _processor(vision: dict[str, int], tokenizer: PreTrainedTokenizerFast) -> Any:  # Any: untyped there
    from transformers import LlavaProcessor
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    edge = vision["image_size"]
    return LlavaProcessor(  # type: ignore[no-untyped-call]
        image_processor=CLIPImageProcessorPil(
            size={"shortest_edge": edge}, crop_size={"height": edge, "width": edge}
        ),
        tokenizer=tokenizer,
        patch_size=vision["patch_size"],
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,  # the class token, which "default" drops again
        chat_template=_TEMPLATE,
    )


def never_end(model: Any, tokenizer: PreTrainedTokenizerFast) -> None:
    """Have `generate` write exactly as many tokens as it may: no special token, so no end and no padding."""
    model.generation_config.eos_token_id = None
    model.generation_config.suppress_tokens = sorted(tokenizer.all_special_ids)


def make_tokenizer(vocab_size: int) -> PreTrainedTokenizerFast:
    """A byte-level BPE trained on a few sentences, then filled up with made-up words.

    The made-up words are never the result of encoding, but random weights write them, and each decodes to a
    word of its own, as a real vocabulary's tokens do.
    """
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

    described = json.loads(_trained(min(vocab_size, _NUM_TRAINED)).to_str())
    vocabulary = described["model"]["vocab"]
    vocabulary |= {f"Ġw{number}": number for number in range(len(vocabulary), vocab_size)}
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=Tokenizer.from_str(json.dumps(described)),
        bos_token=_BEGIN,
        eos_token=_END,
        pad_token=_PAD,
        additional_special_tokens=[_TURN, _IMAGE],
        chat_template=_TEMPLATE,
    )


def _trained(vocab_size: int, corpus: Sequence[str] = _CORPUS) -> Any:  # Any: the library's class is untyped
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=list(_SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus, trainer)
    return tokenizer
