"""From dialogues to an adapter that an agent can use: training, saving, card and curves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from roleagent.errors import InputError
from roleagent.models.adapter_folders import adapter_folder
from roleagent.models.adapters import CONFIG, MANIFEST, ForPersona, Manifest, check_name, read_manifest
from roleagent.models.base_shape import shape_of_gguf
from roleagent.models.gguf_adapter import check_convertible
from roleagent.persona.rendering import languages as languages_spoken
from roleagent.persona.rendering import rendered
from roleagent.tuning.adapter_card import Origin, card_of
from roleagent.tuning.bases import check_base_name, gguf_of, open_base, short_name
from roleagent.tuning.checkpoints import Checkpoints
from roleagent.tuning.course import Course, Watch
from roleagent.tuning.course_curves import draw_course
from roleagent.tuning.freezing import check_policy
from roleagent.tuning.logit_teacher import logit_teacher
from roleagent.tuning.options import Options
from roleagent.tuning.recipe_data import Data
from roleagent.tuning.saving import save_adapter, save_checkpoint
from roleagent.tuning.shown_paths import as_shown
from roleagent.tuning.training import train

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from roleagent.evaluation.results import Result
    from roleagent.persona.persona import Persona

_TRAINING = "training"  # folder of the checkpoints, beside the adapter's files while it is trained


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What is trained on what.

    Attributes:
        name: of the adapter.
        model: to start from.
        persona: whom the adapter plays; None for anybody, or for whom the adapter of `options` plays.
        command: that carries this recipe out, for the card.
        teacher: a model of the same vocabulary whose logits are learned; empty for none.
    """

    name: str
    model: str
    persona: Persona | None
    options: Options
    data: Data
    command: str
    teacher: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What came of a recipe.

    Attributes:
        folder: holds the adapter, or the whole model if no adapter was trained.
        files: that were written; of several processes, by the first alone.
        leads: whether this process, of those that trained together, is the one that wrote them.
    """

    folder: Path
    course: Course
    files: tuple[Path, ...]
    leads: bool = True

    @property
    def told(self) -> str:
        """The files with their sizes, a line for each."""
        sizes = [f"  {each.name} ({each.stat().st_size:,} bytes)" for each in self.files]
        written = f"Written to {self.folder} in {self.course.seconds:.0f} s:"
        return "\n".join([*self.course.left_out, written, *sizes])

    def probed(
        self, recipe: Recipe, *, share: float, on_result: Callable[[Result], None] = lambda _: None
    ) -> str:
        """Ask probes without and with the adapter, add them to the card, and tell how many were right.

        Raises:
            InputError: no persona was trained, or no adapter.
        """
        from roleagent.tuning.fidelity import measure_fidelity

        if recipe.persona is None or recipe.options.policy != "adapters":
            raise InputError("Probes can be asked only where an adapter for a persona was trained.")
        before, after = _chat_models(recipe.model, self.folder)
        asked = _as_trained(recipe.persona, recipe.data.languages)
        fidelity = measure_fidelity(asked, before, after, share=share, on_result=on_result)
        _write_card(self.folder, recipe, self.course, fidelity=fidelity)
        without, with_it = fidelity.tallies()
        return f"Probes right without the adapter: {without}; with it: {with_it}."


def carry_out(
    recipe: Recipe, out: Path | None = None, *, resume: bool = False, watch: Watch | None = None
) -> Made:
    """Train, and write the adapter with its card and curves.

    An adapter that is trained further keeps its persona, and its languages beside those of the new data.

    Args:
        recipe: what is trained on what.
        out: the folder to write to; by default where `adapter=` finds it by name. While the training runs,
            its checkpoints are there, in a folder of their own.
        resume: go on with a training that did not end.
        watch: is told of steps and looks.

    Raises:
        InputError: the data are of no use, the folder holds something else or a training that has ended, or
            the disk is full.
        ConfigurationError: the options do not fit the model.
        ModelUnavailableError: the model is not on this machine.
        ModelError: the model cannot be trained, or the loss is no number.
    """
    check_recipe(recipe, out, resume=resume)
    options, before = recipe.options, _manifest_before(recipe.options)
    base = open_base(recipe.model, device=options.device, quantise=options.quantise)
    taught_by = open_base(recipe.teacher, device=options.device) if recipe.teacher else None
    folder = _folder_of(recipe, out)
    folder.mkdir(parents=True, exist_ok=True)
    trained = train(
        base,
        recipe.data.learned,
        recipe.data.held_out,
        options,
        folder=folder / _TRAINING,
        teacher=logit_teacher(taught_by, base) if taught_by else None,
        resume=resume,
        watch=watch,
    )
    if not trained.leads:
        return Made(folder=folder, course=trained.course, files=(), leads=False)
    try:
        if options.policy == "adapters":
            save_adapter(
                trained,
                base,
                folder,
                name=recipe.name,
                made_by=recipe.command,
                persona=_played(recipe, before),
                languages=sorted({*recipe.data.languages, *(before.languages if before else ())}),
                strength=1.0 if options.adapter else options.lora.strength,
            )
        else:
            save_checkpoint(trained, base, folder)
        draw_course(folder, f"Training of {recipe.name}", trained.course)
        _write_card(folder, recipe, trained.course)
    except OSError as error:
        raise InputError(
            f"{folder}: what was trained cannot be written: {error}. Free some space there and go on with "
            "--resume; nothing is lost."
        ) from error
    Checkpoints(folder / _TRAINING).remove()
    files = sorted(each for each in folder.iterdir() if each.is_file())
    return Made(folder=folder, course=trained.course, files=tuple(files))


def check_recipe(recipe: Recipe, out: Path | None = None, *, resume: bool = False) -> None:
    """Refuse what `carry_out` would refuse, as far as that can be told before a model is loaded.

    Raises:
        InputError: the name cannot be one of an adapter, or the folder holds something else or a training
            that has ended.
        ConfigurationError: the policy is unknown, or a name of the catalogue is no language model.
        ModelNotFoundError: there is no model or teacher of that name.
        ModelUnavailableError: the model's GGUF file is not on this machine.
        ModelError: llama.cpp could not read the adapter that would be trained.
    """
    options = recipe.options
    check_policy(options.policy)
    for model in filter(None, (recipe.model, recipe.teacher)):
        check_base_name(model)
    if options.policy == "adapters":
        check_name(recipe.name)
        if found := gguf_of(recipe.model):
            check_convertible(shape_of_gguf(found[1])[0].architecture, options.lora.targets)
    elif out is None:
        raise InputError("A model that is trained without an adapter needs a folder: name one with --out.")
    _check_folder(_folder_of(recipe, out), resume=resume, is_adapter=options.policy == "adapters")


def _folder_of(recipe: Recipe, out: Path | None) -> Path:
    """What was named, or where `adapter=` finds the adapter."""
    return out or adapter_folder(recipe.name, base=short_name(recipe.model))


def _check_folder(folder: Path, *, resume: bool, is_adapter: bool) -> None:
    """Refuse to write over what is something else, and to go on where nothing is left to do."""
    if not is_adapter and any((folder / name).exists() for name in (MANIFEST, CONFIG)):
        raise InputError(f"{folder} holds an adapter, and a whole model is to be trained: name a new folder.")
    if Checkpoints(folder / _TRAINING).last is not None:
        return  # for this, `train` looks whether it is to go on
    if (folder / MANIFEST).is_file():
        if resume:
            raise InputError(f"The training in {folder} has ended. Leave --resume out to train it again.")
        return
    if folder.exists() and (not folder.is_dir() or any(each.name != _TRAINING for each in folder.iterdir())):
        raise InputError(f"{folder} holds something else than an adapter: name a new folder.")


def _write_card(folder: Path, recipe: Recipe, course: Course, **more: object) -> None:
    played = _played(recipe, _manifest_before(recipe.options))
    origin = Origin(
        name=recipe.name,
        base=as_shown(recipe.model),
        persona=played.id if played else "",
        command=recipe.command,
        data=recipe.data.origin,
        teacher=as_shown(recipe.teacher),
        folder=as_shown(str(folder)),
    )
    card = card_of(
        origin,
        recipe.data.learned,
        recipe.data.held_out,
        replace(recipe.options, adapter=as_shown(recipe.options.adapter)),
        course,
        **more,  # type: ignore[arg-type]  # the fidelity
    )
    (folder / "README.md").write_text(card, encoding="utf-8")


def _manifest_before(options: Options) -> Manifest | None:
    """That of the adapter which is trained further; None if there is none, or it has no manifest."""
    folder = Path(options.adapter)
    return read_manifest(folder) if options.adapter and (folder / MANIFEST).is_file() else None


def _played(recipe: Recipe, before: Manifest | None) -> ForPersona | None:
    """Whom the adapter plays; None for anybody."""
    from roleagent.persona.version import persona_version

    if recipe.persona is None:
        return before.persona if before else None
    return ForPersona(id=recipe.persona.id, version=persona_version(recipe.persona))


def _as_trained(persona: Persona, spoken: Sequence[str]) -> Persona:
    """The persona in the language of its data, if that is one that it has."""
    if len(spoken) != 1 or spoken[0] not in languages_spoken(persona):
        return persona
    return rendered(persona, spoken[0])


def _chat_models(model: str, adapter: Path) -> tuple[BaseChatModel, BaseChatModel]:
    """The model as an agent talks through it, without and with the adapter."""
    from roleagent.models import LlamaCppChat, TransformersChat
    from roleagent.tuning.bases import gguf_of

    if found := gguf_of(model):
        _, path = found
        return LlamaCppChat(path=path, seed=0), LlamaCppChat(path=path, seed=0, adapter=str(adapter))
    plain = model.removeprefix("transformers:")
    return TransformersChat(path_or_id=plain), TransformersChat(path_or_id=plain, adapter=str(adapter))
