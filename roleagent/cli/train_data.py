"""`roleagent train data`: dialogues to train a character on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from roleagent.cli import training_options as shared
from roleagent.cli.options import Force, PersonaName, check_new_files

if TYPE_CHECKING:
    from roleagent.tuning.data_making import MadeData, Wish


def train_data(
    persona: PersonaName,
    out: Annotated[Path, typer.Option(help="File for the dialogues to learn, NAME.jsonl.", dir_okay=False)],
    num: Annotated[int, typer.Option(min=1, help="Number of dialogues made from the persona.")] = 400,
    kind: Annotated[
        list[str] | None, typer.Option(help="A kind of dialogue to make; repeatable. Default: all kinds.")
    ] = None,
    teacher: Annotated[
        str, typer.Option(help="A chat model that writes replies too, such as qwen2.5-1.5b.")
    ] = "",
    augment: Annotated[
        list[str] | None,
        typer.Option(help="A way to add variants, such as typo or paraphrase; repeatable."),
    ] = None,
    imported: Annotated[
        list[Path] | None,
        typer.Option(
            "--import", exists=True, dir_okay=False, help="A file of another project's dialogues; repeatable."
        ),
    ] = None,
    shape: Annotated[
        str,
        typer.Option(help="Shape of imported files: sharegpt, coser, rolebench, chatharuhi; auto finds out."),
    ] = "auto",
    seed: shared.Seed = 0,
    held_out: Annotated[
        Path | None,
        typer.Option(
            help="File for dialogues in other wordings, held out. Default: NAME.held_out.jsonl.",
            dir_okay=False,
        ),
    ] = None,
    language: shared.DataLanguage = "",
    without_facts: Annotated[
        bool,
        typer.Option("--without-facts", help="No facts in the prompt: for an adapter that is to know them."),
    ] = False,
    force: Force = False,
) -> None:
    """Make dialogues from a persona's file to train a model on: seconds on a CPU, without a teacher.

    Beside the file it writes dialogues held out for testing, and a data card (.md). Made replies pass the
    critics, and the data are refused if they hold a question of the tests.
    """
    for path in filter(None, (out, held_out)):
        if not path.parent.is_dir():
            raise typer.BadParameter(f"There is no folder {str(path.parent)!r}.")
    if out.suffix != ".jsonl":
        raise typer.BadParameter(f"--out is a file of JSON Lines, NAME.jsonl, not {out.name!r}.")
    kept_apart, card = held_out or out.with_suffix(".held_out.jsonl"), out.with_suffix(".md")
    if kept_apart.absolute() in (out.absolute(), card.absolute()):
        raise typer.BadParameter(f"--held-out is a file of its own, not {str(kept_apart)!r}.")
    check_new_files((out, kept_apart, card), force=force)
    from roleagent.formats.load import load_persona
    from roleagent.persona.rendering import rendered
    from roleagent.tuning.data_files import write_dialogues
    from roleagent.tuning.data_making import Wish, make_data
    from roleagent.tuning.shown_paths import command_shown
    from roleagent.tuning.synthesis.making import FAMILIES

    loaded = load_persona(persona)
    wish = Wish(
        num=num,
        kinds=tuple(kind or FAMILIES),
        seed=seed,
        facts_in_prompt=not without_facts,
        teacher=teacher,
        augment=tuple(augment or ()),
        imports=tuple((path, shape) for path in imported or ()),
    )
    data = make_data(rendered(loaded, language) if language else loaded, wish, say=typer.echo, on_line=_count)
    write_dialogues(out, data.dialogues)
    write_dialogues(kept_apart, data.held_out)
    again = _arguments(persona, out, wish, language=language, shape=shape, held_out=held_out)
    told = data.card(title=out.stem, command=command_shown(again), seed=seed)
    card.write_text(told, encoding="utf-8")
    _print(data)
    typer.echo(f"Written: {out}, {kept_apart}, {card}")


def _count(number: int) -> None:
    if number % 10 == 0:
        typer.echo(f"  {number} lines answered")


def _arguments(
    persona: str, out: Path, wish: Wish, *, language: str, shape: str, held_out: Path | None
) -> list[str]:
    """What makes the data again, as arguments of `roleagent`."""
    from roleagent.tuning.synthesis.making import FAMILIES

    parts = ["train", "data", persona, "--out", out.name]
    parts += ["--num", str(wish.num), "--seed", str(wish.seed)]
    for kind in wish.kinds if wish.kinds != tuple(FAMILIES) else ():
        parts += ["--kind", kind]
    for way in wish.augment:
        parts += ["--augment", way]
    for path, _ in wish.imports:
        parts += ["--import", path.name]
    parts += ["--shape", shape] if wish.imports and shape != "auto" else []
    parts += ["--teacher", wish.teacher] if wish.teacher else []
    parts += ["--language", language] if language else []
    parts += ["--held-out", held_out.name] if held_out else []
    return [*parts, *(["--without-facts"] if not wish.facts_in_prompt else [])]


def _print(data: MadeData) -> None:
    """Print how many dialogues there are of each kind, and what was left out."""
    for kind, number in sorted(data.num_of_kind.items(), key=lambda each: (-each[1], each[0])):
        typer.echo(f"{kind:12} {number:6,}")
    typer.echo(f"{'all':12} {len(data.dialogues):6,}, and {len(data.held_out):,} held out")
    rejected = ", ".join(f"{name} {number}" for name, number in data.judge.by_critic.most_common())
    typer.echo(f"Rejected by critics: {rejected or 'none'} of {data.judge.num_judged:,} replies")
    typer.echo(f"Duplicates left out: {data.kept.num_exact:,} exact, {data.kept.num_near:,} near")
    if data.taught is not None:
        done = data.taught
        typer.echo(
            f"Teacher: {len(done.dialogues):,} of {done.num_asked:,} replies kept; {done.num_wrong:,} "
            f"without the fact, {done.num_replaced:,} replaced by critics, {done.num_decided:,} by guards"
        )
