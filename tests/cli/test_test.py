"""`roleagent test`: what it prints, writes and exits with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import Result
from typer.testing import CliRunner

from roleagent import registry
from roleagent.cli.app import app
from roleagent.errors import ConfigurationError, InputError, ModelError, StoreError
from roleagent.evaluation import respondents
from roleagent.settings import get_settings
from roleagent.testing import HashEmbedder, ScriptedModel
from tests.evaluation.cast import MARTA, light_parts

SUITE = """\
suite: at the inn
scenes:
  - name: kin
    turns:
      - {say: Who is your brother?, kind: fact, expect: {tells: marta.sibling_of.tobias}}
      - {say: Are you a machine?, kind: role, expect: {matches_not: '\\bAI\\b'}}
"""
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run `roleagent test` on Marta with a model that answers from a script."""
    monkeypatch.setitem(registry.BUILT_IN["model"], "scripted", "roleagent.testing:ScriptedModel")
    monkeypatch.setattr(respondents, "Parts", light_parts)
    monkeypatch.setitem(registry._shared, ("embedder", get_settings().embedder), HashEmbedder())
    monkeypatch.chdir(tmp_path)
    (tmp_path / "marta.yaml").write_text(MARTA, encoding="utf-8")
    (tmp_path / "suite.yaml").write_text(SUITE, encoding="utf-8")

    def _run(
        *arguments: str, answers: Sequence[str | Exception] = (), suite: str | None = "suite.yaml"
    ) -> Result:
        model = ScriptedModel(answers)
        monkeypatch.setitem(registry._shared, ("model", "scripted"), model)
        files = ["marta.yaml", *([suite] if suite else [])]
        return CliRunner().invoke(app, ["test", *files, "--model", "scripted", *arguments])

    yield _run
    get_settings.cache_clear()


RIGHT = ("Tobias is my brother.", "I am an innkeeper, love.")
WRONG = ("I have no idea.", "I am an AI.")


def test_a_suite_that_passes(run: Run):
    """Figures by kind, and nothing about replies that are right."""
    done = run(answers=RIGHT)
    assert done.exit_code == 0, done.output
    assert "fact" in done.output
    assert "1 of 1" in done.output
    assert "2/2 (100 %" in done.output
    assert "Tobias" not in done.output


def test_an_adapter_is_put_under_the_model_or_refused(run: Run, monkeypatch: pytest.MonkeyPatch):
    """A test of the base would pass for one of the adapter."""
    done = run("--adapter", "marta", answers=RIGHT)
    assert isinstance(done.exception, ConfigurationError)
    assert "ScriptedModel takes no adapters" in str(done.exception)
    under: list[object] = []

    def with_adapter(model: ScriptedModel, adapter: str) -> ScriptedModel:
        under.append(adapter)
        return model

    monkeypatch.setattr(ScriptedModel, "with_adapter", with_adapter, raising=False)
    done = run("--adapter", "marta", "--json", "out.json", answers=RIGHT)
    assert done.exit_code == 0, done.output
    assert under == ["marta"]
    assert '"scripted with marta"' in Path("out.json").read_text(encoding="utf-8")


def test_a_suite_that_fails_says_why(run: Run):
    """Question, reply and reason, without opening a report."""
    done = run(answers=WRONG)
    assert done.exit_code == 1
    for text in ("Who is your brother?", "I have no idea.", "✗ It does not tell: Marta Quill", "“AI”"):
        assert text in done.output


@pytest.mark.parametrize(("least", "code"), [("50", 0), ("51", 1), ("0", 0), ("100", 1)])
def test_at_least_decides_the_exit_code(run: Run, least: str, code: int):
    """Small models are not right every time."""
    assert run("--at-least", least, answers=(RIGHT[0], WRONG[1])).exit_code == code


def test_a_made_suite_fails_only_if_asked_to(run: Run):
    """Nobody wrote its questions, so nobody promised the answers."""
    assert run("--kinds", "role", answers=["I am an AI."] * 8, suite=None).exit_code == 0
    assert run("--kinds", "role", "--at-least", "90", answers=["I am an AI."] * 8, suite=None).exit_code == 1


def test_reports_are_written_also_into_new_folders(run: Run, tmp_path: Path):
    """For people, for continuous integration, and for the next comparison."""
    done = run(
        *("--html", "out/a.html", "--json", "out/a.json", "--junit", "out/a.xml", "--at-least", "0"),
        answers=WRONG,
    )
    assert done.exit_code == 0, done.output
    assert "I have no idea." in (tmp_path / "out/a.html").read_text(encoding="utf-8")
    told = json.loads((tmp_path / "out/a.json").read_text(encoding="utf-8"))
    assert (told["right"], told["n"], told["model"], told["persona"]) == (0, 2, "scripted", "marta")
    assert ElementTree.parse(tmp_path / "out/a.xml").getroot().get("failures") == "2"


def test_compare_fails_if_a_kind_got_clearly_worse(run: Run, tmp_path: Path):
    """And says which."""
    counts = {"right": 40, "n": 40}
    baseline = {**counts, "by_kind": {"fact": counts, "role": {"right": 0, "n": 40}}}
    (tmp_path / "before.json").write_text(json.dumps(baseline))
    repeats = ("--repeat", "4", "--at-least", "0", "--compare", "before.json")
    done = run(*repeats, answers=[*WRONG] * 4)
    assert done.exit_code == 1
    assert "fact got worse: 40/40 (100 %" in done.output
    assert "role got worse" not in done.output
    assert run(*repeats, answers=[*RIGHT] * 4).exit_code == 0


def test_plain_stands_beside_ours(run: Run, tmp_path: Path):
    """The same questions to the same model."""
    done = run("--plain", "--json", "a.json", "--junit", "a.xml", answers=[*RIGHT, *WRONG])
    assert done.exit_code == 0, done.output
    told = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert (told["right"], told["beside"]["plain"]["right"]) == (2, 0)
    assert [len(cases) for cases in ElementTree.parse(tmp_path / "a.xml").getroot()] == [2, 2]
    assert "plain" in done.output
    assert "0 of 1" in done.output


def test_repeats_show_how_stable_the_replies_are(run: Run):
    """One lucky answer is no answer."""
    done = run("--repeat", "2", "--at-least", "0", answers=[*RIGHT, *WRONG])
    assert "same in each run" in done.output
    assert "0/2 (0 %" in done.output


def test_show_lists_questions_and_asks_nothing(run: Run):
    """To see what a seed makes, without waiting for a model."""
    done = run("--show")
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        "fact         Who is your brother?",
        "role         Are you a machine?",
    ]
    made = run("--show", "--seed", "3", suite=None)
    assert made.output != run("--show", "--seed", "4", suite=None).output
    assert "secret" in made.output
    assert "the persona has no more for it" in made.output


def test_a_model_that_dies_can_be_resumed(run: Run, tmp_path: Path):
    """What was measured stays."""
    done = run("--resume", "journal.jsonl", answers=[RIGHT[0], ModelError("It died.")])
    assert isinstance(done.exception, ModelError)
    assert "run the same command to go on" in done.output
    again = run("--resume", "journal.jsonl", answers=RIGHT)
    assert again.exit_code == 0, again.output
    without = run(answers=[ModelError("It died.")])
    assert "With --resume FILE" in without.output
    other_seed = run("--resume", "journal.jsonl", "--seed", "1")
    assert "is of another run" in str(other_seed.exception)
    assert "run the same command" not in other_seed.output


def test_traits_are_scored_and_written(run: Run, tmp_path: Path):
    """Beside what the persona declares, and the same model without it."""
    marta = (tmp_path / "marta.yaml").read_text(encoding="utf-8")
    declared = marta + "  - {source: marta, relation: has_openness, value: 1}\n"
    (tmp_path / "marta.yaml").write_text(declared, encoding="utf-8")
    reports = ("--html", "out/a.html", "--json", "out/a.json")
    answers = ["5", *["3"] * 39, "1", *["3"] * 39, *["3"] * 80]
    done = run("--traits", *reports, answers=answers, suite=None)
    assert done.exit_code == 0, done.output
    for text in (
        "conscientiousness",
        "1.00",
        "0.56",
        "-0.44",
        "the number that the model wrote",
        "0.5 everywhere 0.50",
    ):
        assert text in done.output
    told = json.loads((tmp_path / "out/a.json").read_text(encoding="utf-8"))
    assert told["mean_absolute_error"] == {"character": 0.4375, "plain": 0.5, "half": 0.5}
    assert "Big Five of Marta Quill" in (tmp_path / "out/a.html").read_text(encoding="utf-8")


def test_statements_are_listed_without_asking(run: Run):
    """To see them without waiting for a model."""
    done = run("--traits", "--show", suite=None)
    assert done.exit_code == 0
    assert "+ openness           My imagination carries me far away." in done.output
    assert len(done.output.splitlines()) == 40


@pytest.mark.parametrize(
    ("arguments", "suite", "named"),
    [
        ([], "suite.yaml", "A suite file"),
        (["--kinds", "fact"], None, "--kinds"),
        (["--at-least", "0"], None, "--at-least"),
        (["--repeat", "2"], None, "--repeat"),
        (["--adapter", "x"], None, "--adapter"),
    ],
)
def test_options_of_suites_are_refused_with_traits(
    run: Run, arguments: list[str], suite: str | None, named: str
):
    """Ignored, they would seem to have been obeyed."""
    done = run("--traits", *arguments, suite=suite)
    assert isinstance(done.exception, InputError)
    assert str(done.exception) == f"{named} cannot be used with --traits, which asks its own statements."


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--kinds", "fcat"], "'fcat' is no kind of question. Did you mean 'fact'?"),
        (["--kinds", "zzz"], "Known: fact, two_step"),
        (["--compare", "gone.json"], "'gone.json' cannot be read"),
        (["--compare", "marta.yaml"], "'marta.yaml' is no JSON"),
        (["--language", "fr"], "no rendering in 'fr'"),
    ],
)
def test_what_cannot_be_used_is_named(run: Run, arguments: list[str], message: str):
    """Before the first question, with the nearest right word."""
    done = run(*arguments, suite=None)
    assert isinstance(done.exception, InputError)
    assert message in str(done.exception)


def test_options_of_made_suites_do_not_go_with_a_file(run: Run):
    """Silence would let the user believe that they count."""
    assert "--kinds and --turns are for made suites" in str(run("--turns", "5").exception)


def test_a_wrong_suite_is_named_with_its_place(run: Run, tmp_path: Path):
    """As for persona files."""
    (tmp_path / "suite.yaml").write_text(SUITE.replace("sibling_of.tobias", "sibling_of.tobia"))
    done = run()
    assert "suite.yaml:5:" in str(done.exception)
    assert "Did you mean 'marta.sibling_of.tobias'?" in str(done.exception)


def test_the_twin_is_asked_about_under_other_names(run: Run):
    """What the model knows of a famous character does not help then."""
    plain, twin = run("--show", suite=None).output, run("--show", "--twin", suite=None).output
    assert "Tobias Quill" in plain
    assert "Quill" not in twin
    assert "Tobias" not in twin


def test_a_rendering_is_asked_in_its_language(run: Run, tmp_path: Path):
    """The persona's texts and the questions are both Chinese then."""
    chinese = "renderings: {zh: {name: 玛塔}}\n"
    (tmp_path / "marta.yaml").write_text(MARTA + chinese, encoding="utf-8")
    assert "你" in run("--show", "--language", "zh", suite=None).output


@pytest.mark.parametrize("option", ["--html", "--json", "--junit", "--resume"])
@pytest.mark.parametrize("path", [".", "marta.yaml/report"])
def test_a_report_that_cannot_be_written_is_refused_before_the_first_question(
    run: Run, option: str, path: str
):
    """Not after hours of measuring."""
    done = run(option, path)
    assert isinstance(done.exception, InputError)
    assert f"{option}: {path!r} cannot be written" in str(done.exception)


def test_markup_and_escape_codes_from_a_suite_or_a_model_reach_no_terminal(run: Run, tmp_path: Path):
    """A kind in brackets broke the table after hours of measuring; a code could clear the screen."""
    suite = SUITE.replace("kind: fact", 'kind: "[/x]"').replace("kind: role", 'kind: "[bold]a\\e[31m"')
    (tmp_path / "suite.yaml").write_text(suite, encoding="utf-8")
    done = run(answers=["\x1b[2J\x9b31mNothing\u202e, love.", "I am an AI."])
    assert done.exit_code == 1, done.exception
    for text in ("[/x]", "[bold]a\ufffd[31m", "\ufffd[2J\ufffd31mNothing\ufffd, love."):
        assert text in done.output
    for sign in "\x1b\x9b\u202e":
        assert sign not in done.output + run("--show").output


def test_a_judge_that_is_not_there_is_named_before_the_first_question(run: Run, tmp_path: Path):
    """Its first use may come after hours."""
    (tmp_path / "suite.yaml").write_text(
        SUITE.replace("{tells: marta.sibling_of.tobias}", "{judged: kind}"), encoding="utf-8"
    )
    done = run("--judge", "scirpted", answers=RIGHT)
    assert "No model is called 'scirpted'. Did you mean 'scripted'?" in str(done.exception)
    assert done.output == ""


def test_a_run_goes_on_only_with_the_same_judge(run: Run, tmp_path: Path):
    """Half of the rubrics by one judge and half by another would be no measurement."""
    suite = SUITE.replace("{tells: marta.sibling_of.tobias}", "{judged: kind}")
    (tmp_path / "suite.yaml").write_text(suite, encoding="utf-8")
    registry._shared["model", "other"] = ScriptedModel(["Yes."])
    registry.BUILT_IN["model"]["other"] = "roleagent.testing:ScriptedModel"
    try:
        assert run("--judge", "other", "--resume", "a.jsonl", answers=RIGHT).exit_code == 0
        done = run("--judge", "scripted", "--resume", "a.jsonl", answers=RIGHT)
    finally:
        del registry.BUILT_IN["model"]["other"], registry._shared["model", "other"]
    assert "is of another run" in str(done.exception)


def test_figures_of_another_persona_are_no_baseline(run: Run, tmp_path: Path):
    """A wrong file would pass without a word."""
    baseline = {"persona": "holmes", "right": 1, "n": 1, "by_kind": {}}
    (tmp_path / "before.json").write_text(json.dumps(baseline))
    done = run("--compare", "before.json", answers=RIGHT)
    assert str(done.exception) == "--compare: 'before.json' holds figures of 'holmes', not of 'marta'."


@pytest.mark.parametrize(
    "arguments",
    [
        ("--json", "suite.yaml"),
        ("--html", "./marta.yaml"),
        ("--html", "a.out", "--json", "a.out"),
        ("--json", "a.out", "--resume", "./a.out"),
    ],
)
def test_a_report_replaces_no_other_file_of_the_run(run: Run, tmp_path: Path, arguments: tuple[str, ...]):
    """A slip on the command line erased the suite that somebody had written."""
    done = run(*arguments, answers=RIGHT)
    assert isinstance(done.exception, InputError)
    assert f"{arguments[-2]}: {arguments[-1].removeprefix('./')!r} is" in str(done.exception)
    assert (tmp_path / "suite.yaml").read_text(encoding="utf-8") == SUITE


def test_figures_are_shown_although_a_report_cannot_be_written(run: Run, monkeypatch: pytest.MonkeyPatch):
    """A disk that is full after hours must not cost the figures, nor the other reports."""

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("roleagent.evaluation.reports.write_json", full)
    done = run("--json", "a.json", "--junit", "a.xml", answers=RIGHT)
    assert isinstance(done.exception, StoreError)
    assert str(done.exception) == "--json: 'a.json' cannot be written: No space left on device."
    assert "2/2 (100 %" in done.output
    assert Path("a.xml").exists()
