"""`roleagent train affect`: train the head that hears how people feel and how they treat the character."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from roleagent.gnn.training.affect import Fold


def train_affect(
    data: Annotated[
        Path,
        typer.Option(help="Folder of GoEmotions, with original_train.tsv.", exists=True, file_okay=False),
    ],
    embedder: Annotated[
        str, typer.Option(help="Whose vectors the head reads: a name, as in `embedder=`.")
    ] = "auto",
    out: Annotated[
        Path | None,
        typer.Option(help="Where the weights go. Default: affect-EMBEDDER.safetensors.", dir_okay=False),
    ] = None,
    hidden: Annotated[int, typer.Option(min=1, help="Width of the hidden layer.")] = 256,
    epochs: Annotated[int, typer.Option(min=1, help="How often each comment is shown.")] = 6,
    seed: Annotated[int, typer.Option(help="Seed of weights, order, and parts.")] = 0,
    device: Annotated[str, typer.Option(help="cpu, cuda, …")] = "cpu",
    threads: Annotated[int, typer.Option(min=1, help="CPU threads.")] = 1,
) -> None:
    """Train the head that hears how people feel and how they treat the character: minutes on a CPU."""
    if out and not out.parent.is_dir():
        raise typer.BadParameter(f"There is no folder {str(out.parent)!r}.")
    import torch

    from roleagent import registry
    from roleagent.embedding.embedders import embedder_name
    from roleagent.gnn.training.affect import Options, save, train

    torch.set_num_threads(threads)
    chosen = registry.get("embedder", embedder)
    name = embedder_name(chosen)
    path = out or Path(f"affect-{name.replace('/', '-').replace(':', '-')}.safetensors")
    typer.echo(f"Embedding the comments with {name} …")
    options = Options(hidden=hidden, epochs=epochs, seed=seed, device=device)
    trained = train(chosen, data, options, _show)
    save(trained, path, embedder=name)
    conduct = ", ".join(f"{language} {score:.3f}" for language, score in trained.conduct_f1.items())
    typer.echo(f"Macro-F1 on what was held out: emotions {trained.macro_f1:.3f}; conduct {conduct}")
    typer.echo(f"Written: {path} ({path.stat().st_size:,} bytes)")


def _show(fold: Fold) -> None:
    typer.echo(f"without part {fold.number}: loss {fold.loss:.3f}, macro-F1 on it {fold.macro_f1:.3f}")
