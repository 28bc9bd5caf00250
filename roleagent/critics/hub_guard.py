"""A harm scorer made of a guard model of the hub, run by transformers.

It reads only safetensors and runs no code of the checkpoint. The text is asked about in the model's own chat
template; tokens in it that would end the template's turn lose their meaning.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from roleagent.critics.guard_families import (
    MAX_WORDS_BEFORE,
    Family,
    clipped,
    family_of_template,
    hazards_in,
    probability,
    scores_of,
    scores_of_labels,
    verdict_of,
)
from roleagent.errors import ConfigurationError, ModelError, ModelUnavailableError
from roleagent.settings import get_settings, without_telemetry

if TYPE_CHECKING:
    import torch

_MAX_TOKENS = 512  # of a classifier's text
_MAX_CODES = 12  # tokens of the codes after a verdict
_MIN_NAMED = 0.5  # probability from which a guard is asked which hazard it means


class WordGuard:
    """A `HarmScorer` of a language model that answers with one word.

    Args:
        model: the network, in evaluation mode.
        tokenizer: with the guard's chat template.
        family: how it answers.
        name: for the record of a verdict.
    """

    languages: tuple[str, ...] = ()

    def __init__(self, model: Any, tokenizer: Any, *, family: Family, name: str) -> None:  # Any: untyped
        self.name = name
        self._model, self._tokenizer, self._family = model, tokenizer, family
        self._verdicts = _verdicts(tokenizer, family)
        specials = sorted(filter(None, map(str, tokenizer.all_special_tokens)), key=len, reverse=True)
        self._specials = re.compile("|".join(map(re.escape, specials)) or r"(?!)")
        self._free = threading.Lock()

    def score(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        """The probability of a harmful verdict for each text, by what the guard was asked about.

        Raises:
            ModelError: the template does not take the text.
        """
        with self._free:
            return [self._scores(text) for text in texts]

    def _scores(self, text: str) -> Mapping[str, float]:
        found: dict[str, float] = {}
        for category, told in self._family.questions.items():
            prompt = self._prompt(text, told)
            found[category], answered = self._read(prompt)
            if self._family.hazards and found[category] >= _MIN_NAMED:
                named = self._codes(prompt, answered)
                found |= dict.fromkeys(hazards_in(self._family, named), found[category])
        return scores_of(found)

    def _prompt(self, text: str, told: Mapping[str, Any]) -> list[int]:  # Any: what templates take
        """The tokens of the template around a text; some templates want the text in a list of parts."""
        said = self._specials.sub(
            lambda found: f"{found.group()[0]} {found.group()[1:]}", clipped(text)
        ).strip()
        reason = "it leaves out the text"
        for content in (said, [{"type": "text", "text": said}]):
            try:
                written = self._tokenizer.apply_chat_template(
                    [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True, **told
                )
            except Exception as error:  # templates raise what they like, and some take only one of the forms
                reason = f"it raised {error!r}"
                continue
            if said in written:
                return list(self._tokenizer(written, add_special_tokens=False)["input_ids"])
        raise ModelError(f"The chat template of {self.name!r} does not take a text: {reason}.")

    def _read(self, prompt: list[int]) -> tuple[float, list[int]]:
        """Chance of a harmful verdict, and the tokens before it.

        The place of the verdict is the first at which the likeliest token begins one; the first of all if
        there is none.
        """
        import torch

        written: list[int] = []
        at_first = 0.5
        for number in range(MAX_WORDS_BEFORE):
            with torch.inference_mode():
                ids = torch.tensor([prompt + written], device=self._model.device)
                logits = self._model(input_ids=ids).logits[0, -1].float()
            likeliest, chance = int(logits.argmax()), self._chance(logits)
            if likeliest in self._verdicts:
                return chance, written
            if number == 0:
                at_first = chance
            written.append(likeliest)
        return at_first, []

    def _chance(self, logits: torch.Tensor) -> float:
        odds = logits.log_softmax(dim=0)
        return probability(
            self._family, {token: float(odds[place]) for place, token in self._verdicts.items()}
        )

    def _codes(self, prompt: list[int], before: list[int]) -> str:
        """What the guard writes after a harmful verdict."""
        import torch

        harmful = next(
            place for place, token in self._verdicts.items() if verdict_of(self._family, token) is True
        )
        ids = torch.tensor([[*prompt, *before, harmful]], device=self._model.device)
        with torch.inference_mode():
            answer = self._model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=_MAX_CODES,
                do_sample=False,
                pad_token_id=self._tokenizer.eos_token_id,
            )
        return str(self._tokenizer.decode(answer[0, ids.shape[1] :], skip_special_tokens=True))


class LabelGuard:
    """A `HarmScorer` of a classifier with labels, such as Prompt Guard or toxic-bert.

    Args:
        model: the network, in evaluation mode.
        tokenizer: its tokenizer.
        name: for the record of a verdict.
    """

    languages: tuple[str, ...] = ()

    def __init__(self, model: Any, tokenizer: Any, *, name: str) -> None:  # Any: untyped
        self.name = name
        self._model, self._tokenizer = model, tokenizer
        labels = model.config.id2label
        self._labels = [str(labels[place]) for place in sorted(labels)]
        self._several = model.config.problem_type == "multi_label_classification"
        self._free = threading.Lock()

    def score(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        """The probabilities of its labels for each text, in the categories that they stand for."""
        import torch

        with self._free, torch.inference_mode():
            rows = []
            for text in texts:
                given = self._tokenizer(
                    clipped(text), return_tensors="pt", truncation=True, max_length=_MAX_TOKENS
                ).to(self._model.device)
                logits = self._model(**given).logits[0].float()
                odds = logits.sigmoid() if self._several else logits.softmax(dim=0)
                rows.append(scores_of_labels(self._labels, odds.tolist(), several=self._several))
        return rows


def load_hub_guard(argument: str) -> WordGuard | LabelGuard:
    """The harm scorer ``hub:NAME``: a directory, or the id of a guard model on the Hugging Face hub.

    Raises:
        ModelUnavailableError: it is not on this machine and cannot be fetched.
        ModelError: it is there, but cannot be loaded.
        ConfigurationError: it is no guard of a kind that is known.
    """
    without_telemetry()
    from transformers import (
        AutoConfig,
        AutoModelForCausalLM,
        AutoModelForSequenceClassification,
        AutoTokenizer,
    )

    folder = Path(argument).expanduser()
    path = str(folder) if folder.is_dir() else argument
    where: dict[str, Any] = {
        "local_files_only": folder.is_dir() or get_settings().offline,
        "trust_remote_code": False,
    }
    try:
        config = AutoConfig.from_pretrained(path, **where)
        classifies = any("ForSequenceClassification" in each for each in config.architectures or ())
        network = AutoModelForSequenceClassification if classifies else AutoModelForCausalLM
        tokenizer = AutoTokenizer.from_pretrained(path, **where)
        model = network.from_pretrained(path, use_safetensors=True, **where).eval()
    except OSError as error:
        raise ModelUnavailableError(
            f"The guard {argument!r} is not on this machine and could not be fetched: "
            f"{str(error).partition(chr(10))[0]} Pass the directory of a transformers checkpoint, or its id "
            "on the hub; gated models need `hf auth login`."
        ) from error
    except (ImportError, RuntimeError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"transformers cannot load the guard {argument!r}: {error}") from error
    name = f"hub:{argument}"
    if classifies:
        return LabelGuard(model, tokenizer, name=name)
    template = tokenizer.chat_template
    if not isinstance(template, str):
        raise ConfigurationError(f"{argument!r} has no chat template, so it cannot be asked as a guard.")
    return WordGuard(model, tokenizer, family=family_of_template(argument, template), name=name)


def _verdicts(tokenizer: Any, family: Family) -> dict[int, str]:  # Any: untyped
    """The tokens with which the words of a verdict begin, after a blank and with a capital too."""
    found: dict[int, str] = {}
    for word in (*family.harmful, *family.harmless):
        for written in (word, word.capitalize(), f" {word}", f" {word.capitalize()}"):
            ids = tokenizer(written, add_special_tokens=False)["input_ids"]
            named = [(place, tokenizer.decode([place])) for place in ids]
            first = next(((place, token) for place, token in named if token.strip()), None)
            if first is not None and verdict_of(family, first[1]) is not None:
                found[int(first[0])] = first[1]
    return found
