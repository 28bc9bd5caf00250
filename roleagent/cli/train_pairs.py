"""`roleagent train critic contradiction` and `relevance`: train the heads that compare two lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from roleagent.critics.training.contradiction import DataFile
    from roleagent.critics.training.examples import Example
    from roleagent.critics.training.pair_training import Options

_Embedder = Annotated[str, typer.Option(help="Whose vectors the head reads: a name, as in `embedder=`.")]
_Out = Annotated[
    Path | None,
    typer.Option(help="Where the weights go. Default: WHAT-EMBEDDER.safetensors.", dir_okay=False),
]
_Epochs = Annotated[int, typer.Option(min=1, help="How often each pair is shown.")]
_Seed = Annotated[int, typer.Option(help="Seed of weights, order, and parts.")]
_Threads = Annotated[int, typer.Option(min=1, help="CPU threads.")]

_WRITTEN = (
    "Lines in English and Chinese that a language model wrote for this purpose; they are part of roleagent "
    "and under its licence, Apache-2.0."
)
_BESIDE = {
    "kvpi": "Chinese profiles and replies of KvPI (Song et al., arXiv:2011.04375), under Apache-2.0.",
    "decode": "DECODE (Nie et al., arXiv:2012.13391), under CC BY-NC: these weights may not be shipped.",
    "cdconv": "CDConv (Zheng et al., arXiv:2210.08511), under CC BY-NC: these weights may not be shipped.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What a head is to learn.

    Attributes:
        what: its name, which files begin with.
        purpose: what it tells, in a sentence.
        data: what it learns from, in sentences.
        added: options of the command that name further data.
    """

    what: str
    purpose: str
    data: str
    classes: tuple[str, ...]
    examples: Sequence[Example]
    added: str = ""


def train_contradiction(
    embedder: _Embedder = "use-m3",
    add: Annotated[
        list[str] | None,
        typer.Option(
            help="A file to train on beside the shipped texts: FORM:FILE, the form one of decode, cdconv and "
            "kvpi; several times for several."
        ),
    ] = None,
    out: _Out = None,
    epochs: _Epochs = 6,
    seed: _Seed = 0,
    threads: _Threads = 1,
) -> None:
    """Train the head that tells whether two lines of one speaker contradict each other: minutes on a CPU."""
    from roleagent.critics.contradiction import CLASSES
    from roleagent.critics.training.contradiction import examples
    from roleagent.critics.training.pair_training import Options

    files = _data_files(add or ())
    job = _Job(
        what="contradiction",
        purpose="Weights of roleagent's critic: whether two lines of one speaker contradict each other.",
        data=" ".join([_WRITTEN, *(_BESIDE[form] for form in dict.fromkeys(file.form for file in files))]),
        classes=CLASSES,
        examples=examples(files, consistent=_facts_of_characters(), seed=seed),
        added="".join(f" --add {file.form}:{file.path.name}" for file in files),
    )
    _train(job, embedder, out, Options(epochs=epochs, seed=seed), threads)


def train_relevance(
    embedder: _Embedder = "use-m3",
    out: _Out = None,
    epochs: _Epochs = 6,
    seed: _Seed = 0,
    threads: _Threads = 1,
) -> None:
    """Train the head that tells whether a reply takes up what was said: minutes on a CPU."""
    from roleagent.critics.relevance import CLASSES
    from roleagent.critics.training.answers import examples
    from roleagent.critics.training.pair_training import Options

    job = _Job(
        what="relevance",
        purpose="Weights of roleagent's critic: whether a reply takes up what was said.",
        data=_WRITTEN,
        classes=CLASSES,
        examples=examples(seed=seed),
    )
    _train(job, embedder, out, Options(epochs=epochs, seed=seed), threads)


def _facts_of_characters() -> dict[str, list[str]]:
    """What the made-up characters of the graph network would say of themselves: all true together."""
    from roleagent.gnn.training.characters import characters_in
    from roleagent.gnn.training.talks import CHARACTER
    from roleagent.persona.address import by_character
    from roleagent.persona.persona import Persona

    told: dict[str, list[str]] = {}
    for language in ("en", "zh"):
        for number, world in enumerate(characters_in(language)):
            graph = world.graph
            node = graph.nodes[CHARACTER]
            persona = Persona(
                id=node.id, name=node.label, summary="", node_id=node.id, graph=graph, language=language
            )
            facts = [fact for fact in graph.facts.values() if fact.valid_to is None]
            told[f"{language} character {number}"] = [by_character(fact.text, persona) for fact in facts]
    return told


def _data_files(chosen: Sequence[str]) -> list[DataFile]:
    from roleagent.critics.training.contradiction import DataFile
    from roleagent.critics.training.pair_files import FORMS

    files = []
    for each in chosen:
        form, _, path = each.partition(":")
        if form not in FORMS or not path:
            raise typer.BadParameter(f"{each!r} is not FORM:FILE with a form of {', '.join(FORMS)}.")
        files.append(DataFile(form, Path(path)))
    return files


def _train(job: _Job, embedder: str, out: Path | None, options: Options, threads: int) -> None:
    import torch

    from roleagent import registry
    from roleagent.critics.training.pair_card import Origin, card_of, held_out_auc
    from roleagent.critics.training.pair_training import save, train
    from roleagent.embedding.embedders import embedder_name

    if out and not out.parent.is_dir():
        raise typer.BadParameter(f"There is no folder {str(out.parent)!r}.")
    torch.set_num_threads(threads)
    chosen = registry.get("embedder", embedder)
    name = embedder_name(chosen)
    path = out or Path(f"{job.what}-{name.replace('/', '-').replace(':', '-')}.safetensors")
    typer.echo(f"Embedding {len(job.examples):,} pairs with {name} …")
    trained = train(chosen, job.examples, len(job.classes), options, _show)
    save(trained, path, embedder=name, classes=job.classes)
    command = (
        f"roleagent train critic {job.what} --embedder {name}{job.added} --epochs {options.epochs} "
        f"--seed {options.seed}"
    )
    origin = Origin(purpose=job.purpose, data=job.data, embedder=name, classes=job.classes, command=command)
    path.with_suffix(".md").write_text(
        card_of(path.stem, trained, job.examples, options, origin), encoding="utf-8"
    )
    figures = ", ".join(f"{key} {value:.3f}" for key, value in held_out_auc(trained, job.examples).items())
    typer.echo(f"AUC on what was held out: {figures}")
    typer.echo(f"Written: {path} ({path.stat().st_size:,} bytes) and {path.with_suffix('.md').name}")


def _show(fold: int) -> None:
    typer.echo(f"part {fold + 1} held out")
