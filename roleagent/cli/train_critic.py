"""`roleagent train critic`: train what critics score with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from roleagent.cli.train_pairs import train_contradiction, train_relevance

critic = typer.Typer(help="Train what critics score with.", no_args_is_help=True)


@critic.callback()
def _root() -> None:
    """Train what critics score with."""


critic.command("contradiction")(train_contradiction)
critic.command("relevance")(train_relevance)


@critic.command("safety")
def train_safety(
    embedder: Annotated[
        str, typer.Option(help="Whose vectors the scorer reads: a name, as in `embedder=`.")
    ] = "use-m3",
    out: Annotated[
        Path | None,
        typer.Option(help="Where the weights go. Default: harm-EMBEDDER.safetensors.", dir_okay=False),
    ] = None,
    language: Annotated[
        list[str] | None,
        typer.Option(help="en or zh, several times for both. Default: those that the embedder reads."),
    ] = None,
    folds: Annotated[int, typer.Option(min=2, help="Parts that are held out in turn.")] = 5,
    seed: Annotated[int, typer.Option(help="Of the parts, and of what is put into frames.")] = 0,
) -> None:
    """Train the scorer that says how likely a text asks for harm: a minute on a CPU.

    Beside the weights it writes a model card (.md).
    """
    from roleagent.critics.training.harm import LANGUAGES

    if out and not out.parent.is_dir():
        raise typer.BadParameter(f"There is no folder {str(out.parent)!r}.")
    if out and out.suffix != ".safetensors":
        raise typer.BadParameter(f"--out is the file of the weights, NAME.safetensors, not {out.name!r}.")
    if unknown := set(language or ()) - set(LANGUAGES):
        raise typer.BadParameter(f"There are no texts in {', '.join(sorted(unknown))}: choose en or zh.")
    from roleagent import registry
    from roleagent.critics.harm_head import HarmHead
    from roleagent.critics.training.harm import HarmOptions, harm_texts, save, train
    from roleagent.critics.training.harm_card import card_of
    from roleagent.embedding.embedders import embedder_name

    chosen = registry.get("embedder", embedder)
    name = embedder_name(chosen)
    reads = getattr(chosen, "languages", ()) or LANGUAGES
    languages = tuple(language or (each for each in LANGUAGES if each in reads))
    path = out or Path(f"harm-{name.replace('/', '-').replace(':', '-')}.safetensors")
    options = HarmOptions(languages=languages, folds=folds, seed=seed)
    data = harm_texts(options)
    trained = train(chosen, data, options, typer.echo)
    save(trained, path, embedder=name, options=options)
    spoken = "".join(f" --language {each}" for each in languages)
    command = f"roleagent train critic safety --embedder {name}{spoken} --folds {folds} --seed {seed}"
    card = card_of(path.stem, HarmHead.load(path), trained, data, options, command=command)
    path.with_suffix(".md").write_text(card, encoding="utf-8")
    typer.echo(f"{'held out':16} harmful   others   AUC   recall where 5 % of the others are blocked")
    for each in (*trained.by_language, *trained.by_category):
        counts = f"{each.num_harmful:7,} {each.num_others:8,}"
        typer.echo(f"{each.name:16} {counts}  {each.auc:.3f}  {each.recall:.3f}")
    typer.echo(f"Threshold of any harm: {trained.threshold:.4f}")
    typer.echo(f"Written: {path} ({path.stat().st_size:,} bytes), {path.with_suffix('.md')}")
