"""Scenes are held as they are written, and what was measured is never lost."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from langchain_core.messages import AIMessage

from roleagent.errors import InputError, ModelError, StoreError
from roleagent.evaluation import Journal, Result, Scene, Session, Step, run_suite_sync
from roleagent.evaluation.checks import (
    CallsNot,
    CallsTool,
    Matches,
    MatchesNot,
    PassesCritic,
    Remembers,
    Tells,
)
from roleagent.evaluation.playing import play
from roleagent.evaluation.respondents import Answer
from roleagent.evaluation.suite import ScriptedTool
from roleagent.testing import ScriptedModel
from tests.evaluation.cast import MARTA, Parrot, agent, persona, probe, scene, suite

DOG = Step(say="My dog is called Biscuit. I live in Lewes.", answered="A good name.")


def test_what_was_told_before_is_remembered_and_learned_from():
    """A scripted turn leaves what a real one would leave."""
    asked = probe("What is my dog called?", Tells(values=("Biscuit",)), Remembers(words="Biscuit"))
    past, now = Session(steps=(DOG,), days_ago=7), Session(steps=(asked,))
    model = ScriptedModel(["Biscuit, love."])
    [result] = run_suite_sync(
        suite(Scene(name="a week later", sessions=(past, now))), agent(model), persona()
    )
    assert result.faults == ()
    assert result.key == ("ours", 0, "a week later", 1)
    prompt = "\n".join(message.text for message in model.prompts[0])
    assert "Biscuit" in prompt
    assert any("The user lives in Lewes" in line for line in result.rests_on)
    assert (result.prompt_tokens > 0, result.output_tokens) == (True, 2)


def test_scenes_know_nothing_of_each_other():
    """A probe must not be answered from another probe's talk."""
    told = scene("one", DOG, probe("And?"))
    asked = scene("two", probe("What is my dog called?", Remembers(words="Biscuit")))
    model = ScriptedModel(["Well.", "No idea."])
    one, two = run_suite_sync(suite(told, asked), agent(model), persona())
    assert two.faults == ("Nothing recalled: Biscuit",)
    assert "Biscuit" not in "\n".join(message.text for message in model.prompts[1])
    assert one.earlier == ("– My dog is called Biscuit. I live in Lewes.", "– A good name.")
    assert two.earlier == ()


def test_only_turns_with_checks_become_results():
    """Talk that leads up to a question is no probe."""
    played = scene("a", Step(say="Good day."), probe("Your brother?"), Step(say="Bye."))
    results = run_suite_sync(suite(played), Parrot(["Hm.", "Tobias.", "Bye."]), persona())
    assert [(each.asked, each.text, each.place) for each in results] == [("Your brother?", "Tobias.", 1)]
    assert results[0].earlier == ("– Good day.", "– Hm.")


def test_a_result_knows_its_conversation():
    """Whether a reply came in the same talk or in the next tells consistency from retest stability."""
    ask = probe("Your brother?", Tells(values=("Tobias",)))
    played = Scene(name="a", sessions=(Session(steps=(ask, ask)), Session(steps=(ask,))))
    results = run_suite_sync(suite(played), Parrot(["Tobias.", "Hm.", "Tobias."]), persona())
    assert [(each.place, each.session, each.is_right) for each in results] == [
        (0, 0, True),
        (1, 0, False),
        (2, 1, True),
    ]


def test_scripted_turns_lie_in_the_past_in_their_order():
    """Two equal turns are two moments, and one after a real turn is not before it."""
    old = Step(say="Hm.", answered="Hm?")
    past, now = Session(steps=(old, old), days_ago=3), Session(steps=(old, Step(say="Well?"), old))
    parrot = Parrot(["Yes."])
    start = datetime.now(UTC)
    run_suite_sync(suite(Scene(name="a", sessions=(past, now))), parrot, persona())
    first, second, third, last = parrot.entered
    assert first < second < third < start <= last
    assert timedelta(days=3) < start - second < timedelta(days=3, minutes=2)
    assert second - first > timedelta(seconds=50)


def test_a_listener_a_moment_and_a_language_are_those_of_the_scene():
    """What is told depends on who asks and when."""
    secret = probe("Where have you been?", Tells(facts=("marta.visited.cellar",)))
    model = ScriptedModel(["Out.", "Out.", "In the old cellar."])
    before = scene("before", probe("Where does Tobias live?"), as_of="1830")
    results = run_suite_sync(
        suite(before, scene("a", secret), scene("b", secret, listener="ness")), agent(model), persona()
    )
    texts = ["\n".join(message.text for message in prompt) for prompt in model.prompts]
    assert "Weir Street" not in texts[0]
    assert ["old cellar" in text for text in texts] == [False, False, True]
    assert [each.is_right for each in results] == [True, False, True]


def test_a_critic_sees_the_talk_before_the_reply():
    """Without it, no reply could be found to repeat an earlier one."""
    same = "The river is high tonight, and the ferry will not run before noon."
    asked = scene(
        "a", Step(say="Good evening, landlady."), probe("Have you a room?", PassesCritic(name="repetition"))
    )
    for second, num_faults in ((same, 1), ("There is one under the roof, with a view of the weir.", 0)):
        [result] = run_suite_sync(suite(asked), agent(ScriptedModel([same, second])), persona())
        assert len(result.faults) == num_faults, result.faults


def test_a_critic_sees_what_a_tool_found():
    """A reply that answers from the air has to fail."""
    ferry = ScriptedTool(name="ferry", description="When the ferry leaves.", result="It leaves at seven.")
    call = AIMessage("", tool_calls=[{"name": "ferry", "args": {}, "id": "1"}])
    step = probe("When does the boat leave?", PassesCritic(name="recollection"))
    played = suite(Scene(name="a", sessions=(Session(steps=(step,)),), tools=(ferry,)))
    for reply, num_faults in (("At noon, love.", 1), ("At seven, love.", 0)):
        [result] = run_suite_sync(played, agent(ScriptedModel([call, reply])), persona())
        assert len(result.faults) == num_faults, result.faults


def test_the_calls_of_a_character_are_checked():
    """A tool that nobody needed costs time and may do harm."""
    ferry = ScriptedTool(name="ferry", description="When the ferry leaves.", result="It leaves at seven.")
    call = AIMessage("", tool_calls=[{"name": "ferry", "args": {}, "id": "1"}])
    step = probe("Good evening.", CallsTool(name="ferry"), CallsNot(name="ferry"))
    played = suite(Scene(name="a", sessions=(Session(steps=(step,)),), tools=(ferry,)))
    for answers, fault in (([call, "Evening."], "'ferry' was called."), (["Hm."], "'ferry' was not called.")):
        [result] = run_suite_sync(played, agent(ScriptedModel(answers)), persona())
        assert result.faults == (fault,)


def test_a_critic_knows_what_the_listener_may_know_at_that_moment():
    """What is not so yet at the moment of the story contradicts no reply."""
    moved = MARTA.replace("target: lantern}", 'target: lantern, valid_from: "1840"}')
    step = probe("Where do you live?", PassesCritic(name="consistency"))
    for as_of, num_faults in (("1830", 0), ("1850", 1)):
        model = ScriptedModel(["I live in Weir Street, love."])
        played, marta = suite(scene("a", step, as_of=as_of)), persona(moved)
        [result] = run_suite_sync(played, agent(model, marta), marta)
        assert len(result.faults) == num_faults, result.faults


def test_a_model_that_dies_leaves_what_was_measured(tmp_path: Path):
    """Hours of measuring must survive a crash; the scene that broke off is held again from its start."""
    played = suite(scene("one", probe("1")), scene("two", probe("2"), probe("3")), scene("three", probe("4")))
    path = tmp_path / "journal.jsonl"
    dying = Parrot(["a", "b", ModelError("It died.")])
    with pytest.raises(ModelError, match="It died"):
        run_suite_sync(played, dying, persona(), journal=Journal(path))
    assert dying.num_closed == 2
    path.write_text(path.read_text() + '{"respondent": "ours", "sce')  # the power failed, too
    again, seen = Parrot(["b2", "c", "d"]), list[str]()
    results = run_suite_sync(
        played,
        again,
        persona(),
        journal=Journal(path),
        on_result=lambda result: seen.append(result.text),
    )
    assert [each.text for each in results] == ["a", "b", "c", "d"]
    assert seen == ["a", "b", "c", "d"]
    assert again.scenes == ["two", "three"]
    finished = run_suite_sync(played, Parrot([]), persona(), journal=Journal(path))
    assert finished == results


@pytest.mark.parametrize(
    "changed",
    ["[]", "5", "null", {"repeat": "0"}, {"place": {}}, {"scene": ["one"]}, {"seconds": "long"},
     {"text": None}, {"faults": 5}, {"faults": "no"}, {"faults": [{}]}],
)  # fmt: skip
def test_a_line_that_is_no_result_is_left_out(tmp_path: Path, changed: str | dict[str, object]):
    """A journal that was mended by hand must not break the figures after hours."""
    played, path = suite(scene("one", probe("1"))), tmp_path / "journal.jsonl"
    run_suite_sync(played, Parrot(["a"]), persona(), journal=Journal(path))
    head, line = path.read_text().splitlines()
    line = changed if isinstance(changed, str) else json.dumps({**json.loads(line), **changed})
    path.write_text(f"{head}\n{line}\n")
    [result] = run_suite_sync(played, Parrot(["b"]), persona(), journal=Journal(path))
    assert result.text == "b"


@pytest.mark.parametrize(
    ("other", "played_by", "message"),
    [
        (scene("one", probe("another question")), "m", "its questions or checks differ"),
        (scene("one", probe("1")), "another model", "its played_by was 'm'"),
    ],
)
def test_a_journal_of_another_run_is_refused(tmp_path: Path, other: Scene, played_by: str, message: str):
    """Figures of two suites or models must not be mixed."""
    path = tmp_path / "journal.jsonl"
    run_suite_sync(
        suite(scene("one", probe("1"))), Parrot(["a"]), persona(), journal=Journal(path, played_by="m")
    )
    with pytest.raises(InputError, match=message):
        run_suite_sync(suite(other), Parrot(["a"]), persona(), journal=Journal(path, played_by=played_by))


def test_a_journal_of_a_persona_that_has_changed_is_refused(tmp_path: Path):
    """Half of the replies would be those of a character that no longer exists."""
    played, path = suite(scene("one", probe("1"))), tmp_path / "journal.jsonl"
    run_suite_sync(played, Parrot(["a"]), replace(persona(), source="elsewhere.yaml"), journal=Journal(path))
    assert [each.text for each in run_suite_sync(played, Parrot([]), persona(), journal=Journal(path))] == [
        "a"
    ]
    for changed in (
        persona(MARTA.replace('value: "41"', 'value: "42"')),
        replace(persona(), rules=("Sing.",)),
    ):
        with pytest.raises(InputError, match=r"the persona has changed since\. Name another file"):
            run_suite_sync(played, Parrot(["b"]), changed, journal=Journal(path))


@pytest.mark.parametrize("text", ["hello\n", "hello", "[1]\n", '{"suite": 1}\n', "\n"])
def test_a_file_that_is_no_journal_is_refused(tmp_path: Path, text: str):
    """`--resume notes.txt` must not write into somebody's notes."""
    path = tmp_path / "notes.txt"
    path.write_text(text)
    with pytest.raises(InputError, match="is no journal"):
        run_suite_sync(suite(scene("one", probe("1"))), Parrot(["a"]), persona(), journal=Journal(path))
    assert path.read_text() == text


def test_a_folder_cannot_be_a_journal(tmp_path: Path):
    """The reason is the system's."""
    with pytest.raises(InputError, match="cannot be used: Is a directory"):
        run_suite_sync(suite(scene("one", probe("1"))), Parrot(["a"]), persona(), journal=Journal(tmp_path))


def test_repeats_are_counted_and_each_has_its_own_seed():
    """The same seed again would say nothing about chance."""

    class Seeded(ScriptedModel):
        seed: int | None = 5

    seeds: list[int | None] = []

    class Noting(Seeded):
        def _next_answer(self, *args: object) -> object:  # type: ignore[override]
            seeds.append(self.seed)
            return super()._next_answer(*args)  # type: ignore[arg-type]

    played = suite(scene("one", probe("1")))
    results = run_suite_sync(played, agent(Noting(["a", "b", "c"])), persona(), repeats=3)
    assert [each.repeat for each in results] == [0, 1, 2]
    assert seeds == [5, 6, 7]
    assert len({each.key for each in results}) == 3


async def test_a_pattern_that_takes_too_long_is_a_fault_of_its_own():
    """One bad pattern must not end a run of hours."""
    slow = probe("1", MatchesNot(patterns=("(a|aa)+$",)), Matches(patterns=("b",)))
    found = [each async for each in play(suite(scene("a", slow)), Parrot(["a" * 60 + "b"]), persona())]
    assert len(found[0].faults) == 1
    assert "takes too long" in found[0].faults[0]


def test_half_a_character_does_not_break_the_journal(tmp_path: Path):
    """A model may stop in the middle of an emoji; hours of measuring must not end there."""
    journal = Journal(tmp_path / "journal.jsonl")
    played = suite(scene("one", probe("1"), probe("2")))
    results = run_suite_sync(played, Parrot(["Ha \ud83d", "b"]), persona(), journal=journal)
    assert results[0].text == "Ha \ufffd"
    assert results[1].earlier == ("– 1", "– Ha \ufffd")
    assert journal.open(played, persona()) == results


def test_a_journal_that_cannot_be_written_any_more_says_so(tmp_path: Path):
    """The disk is gone, or the folder."""
    path = tmp_path / "folder" / "journal.jsonl"
    path.parent.mkdir()
    played = suite(scene("one", probe("1")))

    class Destroying(Parrot):
        async def say(self, session: Session, thread_id: str, step: Step) -> Answer:
            path.unlink()
            path.parent.rmdir()
            return await super().say(session, thread_id, step)

    with pytest.raises(StoreError, match="cannot be written: No such file"):
        run_suite_sync(played, Destroying(["a"]), persona(), journal=Journal(path))


def test_a_result_reads_back():
    """What the journal keeps is all of it."""
    result = Result(
        respondent="ours", scene="s", place=1, kind="fact", asked="你好？", text="“Yes”\n", faults=("No.",),
        repeat=2, seconds=1.5, earlier=("– a",), rests_on=("b",), omitted=("2 facts",), about=("c",),
    )  # fmt: skip
    assert Result.from_json(result.as_json()) == result
    assert "\n" not in result.as_json()
