"""Suite files: what is read, and where a mistake is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from roleagent.errors import InputError
from roleagent.evaluation import Suite, read_suite
from roleagent.evaluation.checks import (
    CallsNot,
    CallsTool,
    DoesNotEcho,
    DoesNotRecite,
    HasLength,
    Judged,
    Matches,
    MatchesNot,
    PassesCritic,
    RefusesPremise,
    Remembers,
    SpeaksLanguage,
    Tells,
    TellsNot,
)
from roleagent.evaluation.document import Expectation
from roleagent.evaluation.suite import Material, ScriptedTool
from roleagent.formats.load import load_persona
from roleagent.testing import ScriptedModel
from tests.evaluation.cast import persona

WHOLE = """\
suite: all of it
persona: marta
scenes:
  - name: earlier
    listener: ness
    as_of: 1850
    sessions:
      - days_ago: 9
        turns:
          - {say: My dog is Biscuit., answered: Good dog.}
      - turns:
          - say: What is this?
            show: note.txt
            sees: [a yellow boat, a seal]
            hears: a bell
            kind: mixed
            expect:
              tells: [marta.sibling_of.tobias]
              says: 41
              tells_not: marta.visited.cellar
              says_not: gold
              matches: ['\\bboat\\b']
              matches_not: ['\\bAI\\b']
              refuses_premise: true
              truth: marta.lives_in.lantern
              language: en
              shortest: 2
              longest: 60
              no_echo: true
              no_recital: true
              passes: [role, leak]
              remembers: Biscuit
              calls: tide
              calls_not: bell
              judged: It is warm.
    tools:
      - {name: tide, description: High water., result: At six.}
      - {name: bell, description: Ring it., result: Ding.}
"""


def read(tmp_path: Path, text: str, **options: object) -> Suite:
    """Read a suite for Marta."""
    path = tmp_path / "suite.yaml"
    path.write_text(text, encoding="utf-8")
    return read_suite(path, persona(), **options)  # type: ignore[arg-type]


def test_everything_that_a_suite_can_say(tmp_path: Path):
    """Each key of the format becomes what it says."""
    (tmp_path / "note.txt").write_text("x")
    judge = ScriptedModel()
    suite = read(tmp_path, WHOLE, judge=judge)
    [scene] = suite.scenes
    past, now = scene.sessions
    assert (suite.name, suite.persona_id, suite.num_probes) == ("all of it", "marta", 1)
    assert (past.days_ago, past.steps[0].answered) == (9.0, "Good dog.")
    assert (now.listener, now.as_of, now.days_ago) == ("ness", "1850", 0.0)
    assert scene.tools == (
        ScriptedTool(name="tide", description="High water.", result="At six."),
        ScriptedTool(name="bell", description="Ring it.", result="Ding."),
    )
    [step] = now.steps
    assert step.materials == (
        Material(kind="picture", text="a yellow boat"),
        Material(kind="picture", text="a seal"),
        Material(kind="recording", text="a bell"),
    )
    assert (step.attachments, step.kind) == ((str(tmp_path / "note.txt"),), "mixed")
    assert step.about == ("marta.sibling_of.tobias", "marta.visited.cellar")
    told, kept, matches, matches_not, premise, *others = step.checks
    assert told == Tells(facts=("marta.sibling_of.tobias",), values=("41",))
    assert kept == TellsNot(facts=("marta.visited.cellar",), values=("gold",), may_repeat=False)
    assert (matches, matches_not) == (Matches(patterns=(r"\bboat\b",)), MatchesNot(patterns=(r"\bAI\b",)))
    assert isinstance(premise, RefusesPremise)
    assert premise.true_facts == ("marta.lives_in.lantern",)
    assert others == [
        SpeaksLanguage(language="en"),
        HasLength(least=2, most=60),
        DoesNotEcho(),
        DoesNotRecite(),
        PassesCritic(name="role"),
        PassesCritic(name="leak"),
        Remembers(words="Biscuit"),
        CallsTool(name="tide"),
        CallsNot(name="bell"),
        Judged(rubric="It is warm.", judge=judge),
    ]


def test_every_check_of_the_format_is_tried_above():
    """A new key must come with a test."""
    assert [key for key in Expectation.model_fields if f"              {key}:" not in WHOLE] == []


def turn(expect: str, more: str = "") -> str:
    """A suite with one turn, whose `expect` stands on line 5."""
    return f"suite: s\nscenes:\n  - name: a\n    turns: [{{say: Hm?,\n expect: {{{expect}}}}}]\n{more}"


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (turn("tells: marta.sibling_of.tobia"), "5:18", "Did you mean 'marta.sibling_of.tobias'?"),
        (turn("tells_not: [marta.aged.literal:41, nothing]"), "5:22", "'nothing' is no fact of 'marta'"),
        (turn("refuses_premise: true, truth: x"), "5:41", "'x' is no fact"),
        (turn("truth: marta.lives_in.lantern"), "5:10", "needs `refuses_premise: true`"),
        (turn("tels: x"), "5:11", "'tels' is not known here. Did you mean 'tells'?"),
        (turn("zzz: x"), "5:11", "Known: tells, tells_not"),
        (turn("matches: '('"), "5:20", "The pattern '(' is broken"),
        (turn("matches_not: '[z-a]'"), "5:24", "The pattern '[z-a]' is broken"),
        (turn("passes: rle"), "5:19", "No critic is called 'rle'. Did you mean 'role'?"),
        (turn("calls: tied", "    tools: [{name: tide, description: d, result: r}]\n"), "5:18", "'tide'"),
        (turn("calls: tide"), "5:18", "no tool of this scene is called 'tide'. Known: none."),
        (turn("calls_not: tide"), "5:22", "no tool of this scene is called 'tide'. Known: none."),
        (turn("judged: warm"), "5:19", "pass --judge MODEL"),
        (turn("longest: 0"), "5:20", "scenes[0].turns[0].expect.longest is '0': write 1 or more."),
        (turn("longest: many"), "5:20", "is 'many': write a whole number."),
        (turn("longest: 1.5"), "5:20", "is '1.5': write a whole number."),
        (turn("no_echo: perhaps"), "5:20", "expect.no_echo is 'perhaps': write true or false."),
        (turn("language: [en]"), "5:21", "is ['en']: write a text."),
        (turn("tells: [[x]]"), "5:19", "expect.tells[0] is ['x']: write a text"),
        (turn("matches_not: ~"), "5:24", "is empty: write a text"),
        (turn(""), "5:10", "expects nothing"),
        (turn("no_echo: false"), "5:10", "expects nothing"),
        (turn("says: []"), "5:17", "expect.says is an empty list: write at least one entry."),
        (turn("says: ['']"), "5:18", "expect.says[0] is empty: write something"),
        (turn("says: ' '"), "5:17", "expect.says[0]: is blank: write something, or leave the key out."),
        (turn("shortest: 9, longest: 3"), "5:10", "no reply has at least 9 and at most 3 words"),
        ("suite: s\nscenes: [{name: a, turns: [{say: x, kind: all, expect: {says: x}}]}]", "2:43",
         "kind: 'all' names the figure of all kinds together: choose another word."),
        ("suite: s\nscenes: [{name: a, turns: [{say: ' ', expect: {says: x}}]}]", "2:28",
         "the message is blank: write something, or show something"),
        (f"suite: s\nscenes: [{{name: a, turns: [{{say: x, sees: [{', '.join('abcdefghi')}]}}]}}]", "2:28",
         "shows 9 pictures and recordings; a turn takes at most 8"),
        ("suite: s\nscenes:\n- name: a\n  tools: [{name: t, description: d, result: r}, "
         "{name: t, description: d, result: r}]\n  turns: [{say: x}]", "3:3",
         "two of its tools are called 't'"),
        ("suite: s\nscenes: [{name: a, turns: [{say: x, show: \"a\\0\"}]}]", "2:43", "there is no file"),
        (f"suite: s\nscenes: [{{name: a, turns: [{{say: x, show: {'a' * 5_000}}}]}}]", "2:43",
         "there is no file"),
        ("suite: s\nscenes: [{name: a, turns: [{say: x}]}]", "2:9", "no turn has an `expect`"),
        ("suite: s\npersona: holms\nscenes: [{name: a, turns: [{say: x}]}]", "2:10", "not for 'marta'"),
        ("suite: s\nlanguage: zh\nscenes: [{name: a, turns: [{say: x}]}]", "2:11", "no rendering in 'zh'"),
        (
            "suite: s\nscenes:\n - {name: a, turns: [{say: x}]}\n - {name: a, turns: [{say: x}]}",
            "4:11",
            "a scene is called 'a' already",
        ),
        ("suite: s\nscenes: [{name: a}]", "2:10", "needs either `turns` or `sessions`"),
        ("suite: s\nscenes: []", "2:9", "scenes is an empty list: write at least one entry."),
        ("suite: s\nscenes: x", "2:9", "scenes is 'x': write a list"),
        ("suite: s\nscenes: [x]", "2:10", "scenes[0] is 'x': write a table"),
        ("suite: s\nscenes: [{name: a, sessions: [{turns: []}]}]", "2:39", "turns is an empty list"),
        ("suite: s\nscenes: [{name: a, turns: [{say: x}], sessions: [{days_ago: -1, turns: [{say: x}]}]}]",
         "2:61", "sessions[0].days_ago is '-1': write 0 or more."),
        (f"suite: s\nscenes: [{{name: a, turns: [{{say: {'x' * 20_001}}}]}}]", "2:34",
         "more than 20,000 characters"),
        ("suite: s\nscene: []", "2:1", "Did you mean 'scenes'?"),
        ("scenes: [{name: a, turns: [{say: x}]}]", "1:1", "the file needs the key 'suite'."),
        (
            "suite: s\nscenes: [{name: a, turns: [{say: x, answered: y,\n  expect: {says: z}}]}]",
            "2:28",
            "can expect nothing",
        ),
        ("suite: s\nscenes: [{name: a, turns: [{say: x, answered: y, sees: z}]}]", "2:28", "words only"),
        (
            "suite: s\nscenes: [{name: a, sessions: [{days_ago: 2, turns: [{say: x}]}]}]",
            "2:31",
            "needs `answered`",
        ),
        (
            "suite: s\nscenes:\n- name: a\n  sessions:\n  - turns: [{say: x}]\n"
            "  - {days_ago: 2, turns: [{say: x, answered: y}]}",
            "3:3",
            "oldest first",
        ),
        (
            "suite: s\nscenes: [{name: a, listener: nes, turns: [{say: x}]}]",
            "2:30",
            "Did you mean 'ness'?",
        ),
        (
            "suite: s\nscenes:\n- name: a\n  sessions:\n  - {listener: lantern, turns: [{say: x}]}",
            "5:16",
            "no person of 'marta'",
        ),
        ("suite: s\nscenes: [{name: a, as_of: soon, turns: [{say: x}]}]", "2:27", "neither a date nor"),
        ("suite: s\nscenes: [{name: a, turns: [{say: x, show: gone.png}]}]", "2:43", "there is no file"),
        ("suite: s\nscenes: [{name: a, turns: [{say: x, show: ../../a.png}]}]", "2:43", "outside of"),
        ("suite: s\nscenes: [{name: a, turns: [{say: ''}]}]", "2:34", "say is empty: write something"),
        ("suite: s\nscenes: [{name: a, tools: [{name: 'a b', description: d, result: r}],"
         "turns: [{say: x}]}]", "2:35", "tools[0].name is 'a b': write letters, digits and _"),
        ("suite: s\nscenes: {", "3:1", "not well-formed YAML"),
        ("suite: s\nsuite: t\nscenes: []", "2:1", "a second time"),
        ("- suite", "1:1", "this is no suite"),
        ("", "1:1", ""),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, place: str, message: str):
    """An author mends a suite fastest if the message says line, column and the nearest right word."""
    with pytest.raises(InputError) as raised:
        read(tmp_path, text)
    assert message in str(raised.value)
    assert f"suite.yaml:{place}: " in str(raised.value)
    assert not re.search(r"[Ii]nput should|Field required|Value error|Tuple|_type\)", str(raised.value))


def test_a_file_that_is_no_text_too_large_or_missing_is_refused(tmp_path: Path):
    """Suites come from elsewhere, too."""
    path = tmp_path / "suite.yaml"
    for data, message in ((b"\xff\xfe\xff", "not UTF-8"), (b"x" * 2_000_001, "2,000,000 bytes")):
        path.write_bytes(data)
        with pytest.raises(InputError, match=message):
            read_suite(path, persona())
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_suite(tmp_path / "gone.yaml", persona())
    with pytest.raises(InputError, match="cannot be read"):
        read_suite(tmp_path, persona())


def test_too_many_turns_are_refused(tmp_path: Path):
    """All turns count, however they are spread over sessions."""
    turns = "- {say: x, answered: y}\n" * 2_501
    session = "      - turns:\n" + "".join(f"          {line}\n" for line in turns.splitlines())
    text = f"suite: s\nscenes:\n  - name: a\n    sessions:\n{session}{session}"
    with pytest.raises(InputError, match="5,002 turns; a suite has at most 5,000"):
        read(tmp_path, text)


def test_tools_of_the_character_may_be_expected(tmp_path: Path):
    """Whoever tests an agent with tools of its own names them."""
    suite = read(tmp_path, turn("calls: tide"), tools=["tide"])
    assert suite.scenes[0].sessions[0].steps[0].checks == (CallsTool(name="tide"),)


def test_a_suite_in_another_language_plays_the_rendering(tmp_path: Path):
    """The patterns of a denial are those of the language that is spoken."""
    path = tmp_path / "suite.yaml"
    path.write_text(
        "suite: s\nlanguage: zh\nscenes: [{name: a, turns: [{say: x, expect: {refuses_premise: true}}]}]"
    )
    [scene] = read_suite(path, load_persona("mira")).scenes
    [check] = scene.sessions[0].steps[0].checks
    assert scene.language == "zh"
    assert isinstance(check, RefusesPremise)
    assert any("没" in pattern for pattern in check.denials)
