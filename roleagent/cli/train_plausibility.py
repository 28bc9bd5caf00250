"""`roleagent train plausibility`: train the network that tells how plausible a fact is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from roleagent.gnn.training.plausible import PlausibilityEpoch


def train_plausibility(
    embedder: Annotated[
        str, typer.Option(help="Whose vectors the network reads: a name, as in `embedder=`.")
    ] = "auto",
    out: Annotated[
        Path | None,
        typer.Option(
            help="Where the weights go. Default: plausibility-EMBEDDER.safetensors.", dir_okay=False
        ),
    ] = None,
    worlds: Annotated[int, typer.Option(min=1, help="Made-up worlds of each language.")] = 150,
    epochs: Annotated[int, typer.Option(min=1, help="How often each graph is shown.")] = 6,
    seed: Annotated[int, typer.Option(help="Seed of worlds, weights and order.")] = 0,
    threads: Annotated[int, typer.Option(min=1, help="CPU threads; more than one seldom helps.")] = 1,
) -> None:
    """Train the network that tells how plausible a fact is: minutes on a CPU."""
    if out and not out.parent.is_dir():
        raise typer.BadParameter(f"There is no folder {str(out.parent)!r}.")
    import torch

    from roleagent import registry
    from roleagent.embedding.embedders import embed, embedder_name
    from roleagent.embedding.text_vectors import TextVectors
    from roleagent.gnn.plausibility_network import PlausibilityShape
    from roleagent.gnn.training.hidden_facts import make_hidden_facts
    from roleagent.gnn.training.plausible import (
        PlausibilityOptions,
        plausibility_temperature,
        save_plausibility,
        train_plausibility,
    )

    torch.set_num_threads(threads)
    chosen = registry.get("embedder", embedder)
    name = embedder_name(chosen)
    path = out or Path(f"plausibility-{name.replace('/', '-').replace(':', '-')}.safetensors")
    typer.echo(f"Embedding names and relations with {name} …")
    data = make_hidden_facts(TextVectors(chosen, max_kept=1_000_000), num_worlds=worlds, seed=seed)
    stopping = [*data.dev, *data.written]
    typer.echo(f"{len(data.train)} graphs to train on, {len(stopping)} to stop on.")
    shape = PlausibilityShape(dim=embed(chosen, ["…"]).shape[1])
    network = train_plausibility(data, shape, PlausibilityOptions(epochs=epochs, seed=seed), _show)
    temperature = plausibility_temperature(network, stopping)
    save_plausibility(network, path, embedder=name, temperature=temperature)
    typer.echo(f"Written: {path} ({path.stat().st_size:,} bytes)")


def _show(epoch: PlausibilityEpoch) -> None:
    typer.echo(
        f"epoch {epoch.number}: loss {epoch.loss:.3f}, MRR among the drawn: made-up worlds {epoch.dev:.3f}, "
        f"written characters {epoch.written:.3f}, {epoch.seconds:.0f} s"
    )
