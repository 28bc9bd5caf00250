"""`roleagent train`: train the parts that learn."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roleagent.cli import train_continual
from roleagent.cli.train_data import train_data
from roleagent.cli.train_distil import train_distil
from roleagent.cli.train_persona import train_persona, train_role_play
from roleagent.cli.train_plausibility import train_plausibility
from roleagent.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.embeddings import Embeddings
    from rich.progress import Progress, TaskID

    from roleagent.gnn.network import SalienceNetwork
    from roleagent.gnn.training.data import Data
    from roleagent.gnn.training.train import Epoch, Options, Step

app = typer.Typer(help="Train the parts that learn.", no_args_is_help=True)

_SMOOTHING = 0.95  # of the loss that is shown and drawn


@app.callback()
def _root() -> None:
    """Train the parts that learn."""


app.command("data")(train_data)
app.command("plausibility")(train_plausibility)
app.command("persona")(train_persona)
app.command("role-play")(train_role_play)
app.command("collect")(train_continual.collect)
app.command("update")(train_continual.update)
app.command("distil")(train_distil)


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
    epochs: Annotated[int, typer.Option(min=1, help="Number of times that each world is shown.")] = 3,
    layers: Annotated[int, typer.Option(min=0, max=8, help="Steps over the graph; 0 for none.")] = 2,
    seed: Annotated[int, typer.Option(help="Seed of worlds, weights and order.")] = 0,
    device: Annotated[
        str, typer.Option(help="auto, cpu, cuda, cuda:1, …; auto is cuda where there is one.")
    ] = "auto",
    threads: Annotated[int, typer.Option(min=1, help="CPU threads; more than one seldom helps.")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a training that did not end.")] = False,
    keep_every: Annotated[int, typer.Option(min=1, help="Steps between two checkpoints.")] = 100,
) -> None:
    """Train the graph network that finds the facts an answer needs: minutes on a CPU.

    Beside the weights it writes a model card (.md) and the curves of the training (.svg and .png). While it
    runs, a checkpoint stands there.
    """
    from roleagent.gnn.training.data import LANGUAGES

    languages = tuple(language or LANGUAGES)
    if unknown := set(languages) - set(LANGUAGES):
        raise typer.BadParameter(f"There are no wordings in {', '.join(sorted(unknown))}: choose en or zh.")
    if out and not out.parent.is_dir():
        raise typer.BadParameter(f"There is no folder {str(out.parent)!r}.")
    if out and out.suffix != ".safetensors":
        raise typer.BadParameter(f"--out is the file of the weights, NAME.safetensors, not {out.name!r}.")
    import torch

    from roleagent import registry
    from roleagent.embedding.embedders import embedder_name
    from roleagent.gnn.training.train import Options

    torch.set_num_threads(threads)
    options = Options(epochs=epochs, seed=seed, device=_device(device))
    chosen = registry.get("embedder", embedder)
    name = embedder_name(chosen)
    path = out or Path(f"{name.replace('/', '-').replace(':', '-')}.safetensors")
    job = _Job(embedder=name, languages=languages, worlds=worlds, layers=layers, threads=threads, out=path)
    job.run(chosen, options, resume=resume, keep_every=keep_every)


def _device(name: str) -> str:
    """The device of a name; `auto` is CUDA where there is one."""
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(1, device=name)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise typer.BadParameter(f"The device {name!r} cannot be used: {reason}. Try auto or cpu.") from error
    return name


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """A training and the files that come of it."""

    embedder: str
    languages: tuple[str, ...]
    worlds: int
    layers: int
    threads: int
    out: Path

    def run(self, embedder: Embeddings, options: Options, *, resume: bool, keep_every: int) -> None:
        from roleagent.embedding.embedders import embed
        from roleagent.gnn.network import Shape
        from roleagent.gnn.training.data import make_data
        from roleagent.gnn.training.remembering import RememberingEmbedder
        from roleagent.gnn.training.train import Keeping, train

        shape = Shape(dim=embed(embedder, ["…"]).shape[1], layers=self.layers)
        made_of = {
            "embedder": self.embedder,
            "languages": " ".join(self.languages),
            "number of worlds": str(self.worlds),
        }
        path = self.out.with_suffix(".checkpoint.safetensors")
        keeping = Keeping(path=path, every=keep_every, resume=resume, made_of=made_of)
        keeping.check(shape, options)
        with _bars() as bars:
            show = _Painter(bars)
            show.say(f"Embedding worlds and questions with {self.embedder} …")
            start = time.perf_counter()
            reader = RememberingEmbedder(embedder, show.texts)
            data = make_data(reader, languages=self.languages, num_worlds=self.worlds, seed=options.seed)
            seconds = time.perf_counter() - start
            show.say(f"{len(data.train)} graphs to train on, {len(data.dev) + len(data.written)} to stop on.")
            try:
                network, epochs = train(data, shape, options, show.epoch, on_step=show.step, keeping=keeping)
            except KeyboardInterrupt:
                show.say("Interrupted. To go on: the same command with --resume.")
                raise
            show.say(self.write(network, data, options, epochs, seconds=seconds))
        path.unlink(missing_ok=True)

    def write(
        self,
        network: SalienceNetwork,
        data: Data,
        options: Options,
        epochs: Sequence[Epoch],
        *,
        seconds: float,
    ) -> str:
        """Write weights, card and curves; say which files there are."""
        from roleagent.gnn.ranker import FLOOR
        from roleagent.gnn.training.card import Origin, card_of
        from roleagent.gnn.training.scoring import found_by_steps, log_odds_at, temperature_of
        from roleagent.gnn.training.train import save

        device = options.device
        temperature = temperature_of(network, [*data.dev, *data.written], device=device)
        floor = log_odds_at(FLOOR, temperature)
        parts = {"worlds": data.dev, "characters": data.written}
        origin = Origin(
            embedder=self.embedder,
            languages=self.languages,
            options=options,
            epochs=epochs,
            temperature=temperature,
            floor=FLOOR,
            steps={
                name: found_by_steps(network, examples, floor=floor, device=device)
                for name, examples in parts.items()
            },
            command=self.command(options),
            seconds=seconds,
        )
        save(network, self.out, embedder=self.embedder, temperature=temperature)
        card = self.out.with_suffix(".md")
        card.write_text(card_of(self.out.stem, network, data, origin), encoding="utf-8")
        size = f"{self.out.stat().st_size:,} bytes"
        return f"Written: {self.out} ({size}), {card}, {_draw(self.out, epochs)}"

    def command(self, options: Options) -> str:
        """What makes the weights again."""
        languages = " ".join(f"--language {each}" for each in self.languages)
        return (
            f"roleagent train gnn --embedder {self.embedder} {languages} --worlds {self.worlds} "
            f"--epochs {options.epochs} --layers {self.layers} --seed {options.seed} "
            f"--device {options.device} --threads {self.threads} --out {self.out.name}"
        )


def _draw(out: Path, epochs: Sequence[Epoch]) -> str:
    """Draw the curves; say where, or what a PNG needs."""
    from roleagent.drawing.curves import Panel, Series, draw_curves

    losses = [loss for epoch in epochs for loss in epoch.losses]
    loss = Series(name="loss", points=tuple((float(step), loss) for step, loss in enumerate(losses, 1)))
    recalls = tuple(
        Series(name=name, points=tuple((float(epoch.number), recall) for epoch, recall in found))
        for name, found in (
            ("made-up worlds", [(epoch, epoch.dev.recall_at_5) for epoch in epochs]),
            ("written characters", [(epoch, epoch.written.recall_at_5) for epoch in epochs]),
        )
    )
    panels = [
        Panel(title="Loss", x="step", y="loss of a step", series=(loss,), smoothing=_SMOOTHING),
        Panel(title="Recall on what is not trained on", x="epoch", y="recall at 5", series=recalls),
    ]
    title = f"Training of {out.stem}"
    svg, png = out.with_suffix(".svg"), out.with_suffix(".png")
    draw_curves(svg, title, panels)
    try:
        draw_curves(png, title, panels)
    except MissingExtraError as error:
        return f"{svg}\n{error}"
    return f"{svg}, {png}"


def _bars() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


class _Painter:
    """Shows how far a training is: bars in a terminal, and a few lines anywhere."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._embedding: TaskID | None = None
        self._training: TaskID | None = None
        self._losses: list[float] = []

    def say(self, line: str) -> None:
        self._bars.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def texts(self, number: int) -> None:
        """Show how many texts are embedded."""
        if self._embedding is None:
            self._embedding = self._bars.add_task("texts embedded", total=None)
        self._bars.update(self._embedding, completed=number)

    def step(self, step: Step) -> None:
        """Show a step, and the running loss of its epoch."""
        from roleagent.drawing.curves import smoothed

        if self._embedding is not None:
            self._bars.remove_task(self._embedding)
            self._embedding = None
        if self._training is None:
            self._training = self._bars.add_task("", total=step.total)
            if step.number > 1:
                self.say(f"Resumed at step {step.number} of {step.total}.")
        self._losses = [*self._losses[-99:], step.loss]
        running = smoothed(self._losses, _SMOOTHING)[-1]
        description = f"epoch {step.epoch}, loss {running:.3f}"
        self._bars.update(self._training, completed=step.number, description=description)

    def epoch(self, epoch: Epoch) -> None:
        """Print what came of an epoch."""
        self.say(f"epoch {epoch.number}: loss {epoch.loss:.3f}, {epoch.seconds:.0f} s")
        self.say(f"  made-up worlds       {epoch.dev}")
        self.say(f"  written characters   {epoch.written}")
