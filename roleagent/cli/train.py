"""`roleagent train`: train the parts that learn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roleagent.cli.train_plausibility import train_plausibility

if TYPE_CHECKING:
    from roleagent.gnn.training.train import Epoch

app = typer.Typer(help="Train the parts that learn.", no_args_is_help=True)


@app.callback()
def _root() -> None:
    """Train the parts that learn."""


app.command("plausibility")(train_plausibility)


@app.command("gnn")
def train_gnn(
    embedder: Annotated[
        str, typer.Option(help="Whose vectors the network reads: a name, as in `embedder=`.")
    ] = "auto",
    out: Annotated[
        Path | None, typer.Option(help="Where the weights go. Default: EMBEDDER.safetensors.", dir_okay=False)
    ] = None,
    language: Annotated[
        list[str] | None, typer.Option(help="en or zh, several times for both, which is the default.")
    ] = None,
    worlds: Annotated[int, typer.Option(min=1, help="Made-up worlds of each language.")] = 600,
    epochs: Annotated[int, typer.Option(min=1, help="How often each is shown.")] = 3,
    layers: Annotated[int, typer.Option(min=0, max=8, help="Steps over the graph; 0 for none.")] = 2,
    seed: Annotated[int, typer.Option(help="Of worlds, weights and order.")] = 0,
    device: Annotated[str, typer.Option(help="cpu, cuda, …")] = "cpu",
    threads: Annotated[int, typer.Option(min=1, help="CPU threads; more than one seldom helps.")] = 1,
) -> None:
    """Train the graph network that finds the facts an answer needs: minutes on a CPU."""
    from roleagent.gnn.training.data import LANGUAGES

    languages = tuple(language or LANGUAGES)
    if unknown := set(languages) - set(LANGUAGES):
        raise typer.BadParameter(f"There are no wordings in {', '.join(sorted(unknown))}: choose en or zh.")
    if out and not out.parent.is_dir():
        raise typer.BadParameter(f"There is no folder {str(out.parent)!r}.")
    import torch

    from roleagent import registry
    from roleagent.embedding.embedders import embed, embedder_name
    from roleagent.gnn.network import Shape
    from roleagent.gnn.training.data import make_data
    from roleagent.gnn.training.train import Options, save, temperature_of, train

    torch.set_num_threads(threads)
    chosen = registry.get("embedder", embedder)
    name = embedder_name(chosen)
    path = out or Path(f"{name.replace('/', '-').replace(':', '-')}.safetensors")
    typer.echo(f"Embedding worlds and questions with {name} …")
    data = make_data(chosen, languages=languages, num_worlds=worlds, seed=seed)
    typer.echo(f"{len(data.train)} worlds to train on, {len(data.dev) + len(data.written)} to stop on.")
    dim = embed(chosen, ["…"]).shape[1]
    options = Options(epochs=epochs, seed=seed, device=device)
    network, _ = train(data, Shape(dim=dim, layers=layers), options, _show)
    stopping = [*data.dev, *data.written]
    save(network, path, embedder=name, temperature=temperature_of(network, stopping, device=device))
    typer.echo(f"Written: {path} ({path.stat().st_size:,} bytes)")


def _show(epoch: Epoch) -> None:
    typer.echo(f"epoch {epoch.number}: loss {epoch.loss:.3f}, {epoch.seconds:.0f} s")
    typer.echo(f"  made-up worlds       {epoch.dev}")
    typer.echo(f"  written characters   {epoch.written}")
