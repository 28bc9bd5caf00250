"""`roleagent train critic`: train what critics score with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from roleagent.cli.train_pairs import train_contradiction, train_relevance

if TYPE_CHECKING:
    from roleagent.critics.training.kernel import KernelOptions, LabelledTexts

critic = typer.Typer(help="Train what critics score with.", no_args_is_help=True)

_Embedder = Annotated[str, typer.Option(help="Whose vectors the head reads: a name, as in `embedder=`.")]
_Out = Annotated[
    Path | None,
    typer.Option(help="Where the weights go. Default: WHAT-EMBEDDER.safetensors.", dir_okay=False),
]
_Language = Annotated[
    list[str] | None,
    typer.Option(help="en or zh, several times for both. Default: those that the embedder reads."),
]
_Folds = Annotated[int, typer.Option(min=2, help="Parts that are held out in turn.")]
_Seed = Annotated[int, typer.Option(help="Seed of the parts, and of what is drawn.")]


@critic.callback()
def _root() -> None:
    """Train what critics score with."""


critic.command("contradiction")(train_contradiction)
critic.command("relevance")(train_relevance)


@critic.command("safety")
def train_safety(
    embedder: _Embedder = "use-m3",
    out: _Out = None,
    language: _Language = None,
    folds: _Folds = 5,
    seed: _Seed = 0,
) -> None:
    """Train the scorer that says how likely a text asks for harm: a minute on a CPU.

    Beside the weights it writes a model card (.md).
    """
    _check(out, language)
    from roleagent.critics.harm_head import MADE_BY
    from roleagent.critics.training.harm import HarmOptions, harm_texts
    from roleagent.critics.training.harm_card import card_of

    options = HarmOptions(languages=_read_by(embedder, language), folds=folds, seed=seed)
    _train("harm", embedder, out, options, harm_texts(options), card_of, command=MADE_BY)


@critic.command("voice")
def train_voice(
    embedder: _Embedder = "use-m3",
    out: _Out = None,
    language: _Language = None,
    folds: _Folds = 5,
    seed: _Seed = 0,
) -> None:
    """Train the head that tells when a sentence falls out of the role: a minute on a CPU.

    Beside the weights it writes a model card (.md).
    """
    _check(out, language)
    from roleagent.critics.training.kernel import KernelOptions
    from roleagent.critics.training.voice import voice_texts
    from roleagent.critics.training.voice_card import card_of
    from roleagent.critics.voice import MADE_BY

    options = KernelOptions(languages=_read_by(embedder, language), folds=folds, seed=seed)
    _train("voice", embedder, out, options, voice_texts(options), card_of, command=MADE_BY)


def _check(out: Path | None, language: Sequence[str] | None) -> None:
    """Refuse what cannot be done before anything slow is loaded."""
    from roleagent.critics.training.kernel import LANGUAGES

    if out and not out.parent.is_dir():
        raise typer.BadParameter(f"There is no folder {str(out.parent)!r}.")
    if out and out.suffix != ".safetensors":
        raise typer.BadParameter(f"--out is the file of the weights, NAME.safetensors, not {out.name!r}.")
    if unknown := set(language or ()) - set(LANGUAGES):
        raise typer.BadParameter(f"There are no texts in {', '.join(sorted(unknown))}: choose en or zh.")


def _read_by(embedder: str, language: Sequence[str] | None) -> tuple[str, ...]:
    """The languages to train on: those chosen, or those that the embedder reads."""
    from roleagent import registry
    from roleagent.critics.training.kernel import LANGUAGES

    reads = getattr(registry.get("embedder", embedder), "languages", ()) or LANGUAGES
    return tuple(language or (each for each in LANGUAGES if each in reads))


def _train(
    what: str,
    embedder: str,
    out: Path | None,
    options: KernelOptions,
    data: LabelledTexts,
    card_of: Callable[..., str],
    *,
    command: str,
) -> None:
    """Train a head, write it with its card, and print its figures."""
    from roleagent import registry
    from roleagent.critics.kernel_head import KernelHead
    from roleagent.critics.training.kernel import save, train
    from roleagent.embedding.embedders import embedder_name

    chosen: Any = registry.get("embedder", embedder)
    name = embedder_name(chosen)
    path = out or Path(f"{what}-{name.replace('/', '-').replace(':', '-')}.safetensors")
    trained = train(chosen, data, options, typer.echo)
    save(trained, path, embedder=name, options=options)
    spoken = "".join(f" --language {each}" for each in options.languages)
    again = f"{command} --embedder {name}{spoken} --folds {options.folds} --seed {options.seed}"
    card = card_of(path.stem, KernelHead.load(path, made_by=command), trained, data, options, command=again)
    path.with_suffix(".md").write_text(card, encoding="utf-8")
    typer.echo(f"{'held out':16}   with  without   AUC   recall where 5 % of those without are above")
    for each in (*trained.by_language, *trained.by_category):
        counts = f"{each.num_harmful:7,} {each.num_others:8,}"
        typer.echo(f"{each.name:16} {counts}  {each.auc:.3f}  {each.recall:.3f}")
    typer.echo(f"Threshold of any: {trained.threshold:.4f}")
    typer.echo(f"Written: {path} ({path.stat().st_size:,} bytes), {path.with_suffix('.md')}")
