"""What the documents say must be so."""

from __future__ import annotations

import ast
import importlib
import inspect
import io
import re
import shlex
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from roleagent import errors, protocols, registry
from roleagent.cli.app import app

ROOT = Path(__file__).parent.parent
PROSE = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
COMMAND = re.compile(r"\s*(?:\S+=\S+ |accelerate .* -m )*roleagent ")
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "personas" / "README.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_pictures_lead_somewhere(page: Path):
    """A dead link costs a reader's trust."""
    targets = re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8"))
    dead = [each for each in targets if "://" not in each and not (page.parent / each).exists()]
    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_python_in_the_docs_is_python(page: Path):
    """A snippet that does not even parse cannot be copied."""
    for code in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        compile(code, str(page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    assert page.stat().st_size > 0


def commands_of(page: Path) -> Iterator[str]:
    """Each `roleagent` command that a page shows, without what it is joined to."""
    for fenced in page.read_text(encoding="utf-8").split("```")[1::2]:
        language, _, block = fenced.partition("\n")
        if language in ("", "bash", "sh", "console"):
            for line in block.replace("\\\n", " ").splitlines():
                parts = re.split(r"\s(?:\|\|?|&&|2?>)\s|; ", line.removeprefix("$ "))
                yield from (part for part in parts if COMMAND.match(part))


def parse(command_line: str) -> None:
    """Read a command as the program does, without running it; files that it names are there."""
    words = shlex.split(command_line, comments=True)
    words = words[words.index("roleagent") + 1 :]
    for word in words:
        if Path(word).suffix and "://" not in word and word[0] not in "-/~" and not Path(word).exists():
            Path(word).parent.mkdir(parents=True, exist_ok=True)
            Path(word).touch()
    command, context = typer.main.get_command(app), None
    while isinstance(command, typer.core.TyperGroup):
        context = command.context_class(command, info_name=command.name, parent=context)
        _, left, _ = command.make_parser(context).parse_args(words)
        assert left, "it names no command"
        command, words = command.commands[left[0]], left[1:]
    with command.context_class(command, info_name=command.name, parent=context) as context:
        command.parse_args(context, words)


def test_every_command_of_the_docs_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A command that is copied must at least be understood."""
    monkeypatch.chdir(tmp_path)
    shown = [(page.name, each) for page in PAGES for each in commands_of(page)]
    assert len(shown) > 70
    wrong = []
    for name, command_line in shown:
        try:
            parse(command_line)
        except BaseException as error:
            wrong.append((name, command_line, repr(error), getattr(error, "message", "")))
    assert wrong == []


def test_the_first_snippet_of_the_readme_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """The first code a newcomer copies must work as it stands."""
    from roleagent import Agent, Parts
    from roleagent.testing.embedders import HashEmbedder
    from roleagent.testing.fakes import FirstFacts, ScriptedModel

    plain = Agent.__init__

    def offline(self: Agent, persona: str) -> None:
        model = ScriptedModel(["Dr Watson does."])
        parts = Parts(perceptors=[], guards=[], critics=[], ranker=FirstFacts(), embedder=HashEmbedder())
        plain(self, persona, model=model, on_disk=False, parts=parts)

    monkeypatch.setattr(Agent, "__init__", offline)
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    [code] = re.findall(r"## Embed\n```python\n(.*?)```", page, re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "Dr Watson does." in printed
    assert "The user lives in Lewes." in printed


def test_every_error_is_documented():
    """Somebody who catches an error looks it up."""
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    kinds = [name for name, kind in vars(errors).items() if inspect.isclass(kind)]
    assert [name for name in kinds if f"`{name}`" not in page and name != "RoleAgentError"] == []
    assert [name for name in kinds if name not in (errors.__doc__ or "")] == []


def test_every_plug_in_point_and_name_is_documented():
    """What cannot be found might as well not be there."""
    page = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    points = [name for name, kind in vars(protocols).items() if getattr(kind, "_is_protocol", False)]
    points.remove("Protocol")
    names = {name for kind, table in registry.BUILT_IN.items() if kind != "format" for name in table}
    assert [point for point in points if f"`{point}`" not in page] == []
    assert [name for name in names if not re.search(rf"`{name}[:`]", page)] == []


def test_every_file_format_is_documented():
    """Whoever has a file looks for what it is called."""
    pages = ("personas", "formats-cards", "formats-other", "lorebooks")
    text = "".join((ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8") for page in pages)
    assert [name for name in registry.BUILT_IN["format"] if f"`{name}`" not in text] == []


BANNED = re.compile(
    r"\banew\b|\bnobody that\b|\bis not whose\b|\bwhose every\b|\bbeside the event loop\b|\bonce more\b"
    r"|\bof which only\b|\bsave for\b|\bfor want of\b|\bin the midst\b|\bmade good\b|\bnaught\b|\bwherefore\b"
    r"|\bhitherto\b|\bwhere nobody (?:knows|judged|said)\b",
    re.IGNORECASE,
)


def words_of_ours(path: Path) -> str:
    """The prose of a file: comments and strings of Python; CONTRIBUTING.md without its bad examples."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        return "\n".join(token.string for token in tokens if token.type in PROSE)
    return re.sub(r"^\| [^|]+ \|", "", text, flags=re.MULTILINE) if path.name == "CONTRIBUTING.md" else text


@pytest.mark.parametrize("folder", ["", "docs", "roleagent", "examples"])
def test_the_prose_is_plain(folder: str):
    """Phrases that no engineer writes today slow every reader down; CONTRIBUTING.md says what to write."""
    found = (ROOT / folder).rglob("*") if folder else ROOT.glob("*.md")
    files = [each for each in found if each.suffix in {".py", ".md"} and each.name != "demo.md"]
    prose = {each: " ".join(words_of_ours(each).split()) for each in files}
    bad = {str(each.relative_to(ROOT)): BANNED.findall(text) for each, text in prose.items()}
    assert {name: phrases for name, phrases in bad.items() if phrases} == {}
    assert len(files) > 2


@pytest.mark.parametrize(
    "page", sorted([*(ROOT / "docs").glob("*.md"), *ROOT.glob("README*.md")]), ids=lambda p: p.name
)
def test_every_name_that_a_page_imports_is_there(page: Path) -> None:
    """A reader copies the first line of a snippet first."""
    for code in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "roleagent":
                module = importlib.import_module(str(node.module))
                assert [name.name for name in node.names if not hasattr(module, name.name)] == []
