"""The adapter of an agent: which one, for whom, and the model under it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from roleagent.errors import ConfigurationError
from roleagent.models.adapter_check import check_persona
from roleagent.models.adapters import MANIFEST, Adapter, ForPersona, read_manifest
from roleagent.persona.version import persona_version
from roleagent.protocols import TakesAdapters

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from roleagent.persona.persona import Persona


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenAdapter:
    """An adapter by its name or folder, and who is to be played under it.

    Attributes:
        adapter: as `find_adapter` takes it.
        persona: who is played, with the version of the persona as loaded, in its own language.
        language: what the persona speaks.
    """

    adapter: str | Path
    persona: ForPersona
    language: str


def choose_adapter(
    adapter: str | Path, persona: Persona, *, language: str = "", model: str | BaseChatModel
) -> ChosenAdapter | None:
    """An agent's adapter, checked as far as that is possible before the model is loaded; None for none.

    Args:
        adapter: a name or a folder; empty for none.
        persona: as loaded, not a rendering in another language.
        language: what it is to speak, if not its own language.
        model: the model, or its name.

    Raises:
        ConfigurationError: the model takes no adapters, or the adapter is for another persona.
        ModelUnavailableError: the folder holds no adapter.
        ModelError: its manifest is damaged.
    """
    if not adapter:
        return None
    if not isinstance(adapter, (str, Path)):
        raise ConfigurationError(f"adapter is {adapter!r}: pass the name of an adapter, or its folder.")
    if not isinstance(model, str):
        _check_takes_adapters(model)
    chosen = ChosenAdapter(
        adapter=adapter,
        persona=ForPersona(id=persona.id, version=persona_version(persona)),
        language=language or persona.language,
    )
    folder = Path(adapter).expanduser()
    if isinstance(adapter, Path) or (folder / MANIFEST).is_file():
        manifest = read_manifest(folder)
        check_persona(Adapter(folder=folder, manifest=manifest), chosen.persona)
    return chosen


def adapted(model: BaseChatModel, chosen: ChosenAdapter | None) -> BaseChatModel:
    """The model under the chosen adapter; the model itself if none was chosen.

    Raises:
        ConfigurationError: the model takes no adapters, or the adapter is for another persona.
        ModelNotFoundError: there is no adapter of that name for this model.
        ModelUnavailableError: the adapter lacks a file.
        ModelError: the adapter is damaged.
    """
    if chosen is None:
        return model
    under = _check_takes_adapters(model).with_adapter(chosen.adapter)
    found = getattr(under, "trained_adapter", None)
    if isinstance(found, Adapter):
        check_persona(found, chosen.persona, language=chosen.language)
    return under


def _check_takes_adapters(model: BaseChatModel) -> TakesAdapters:
    if not isinstance(model, TakesAdapters):
        raise ConfigurationError(
            f"{type(model).__name__} takes no adapters: it has no `with_adapter`. Use a 'llama-cpp:', "
            "'transformers:' or 'openai:' model, or leave adapter out."
        )
    return model
