"""Asking the critics about a draft as it grows."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from roleagent.formats.load import load_persona
from roleagent.language.sentences import cut_sentences
from roleagent.persona.persona import Persona
from roleagent.protocols import Critic, Scene
from roleagent.registry import BUILT_IN, find
from roleagent.testing.critics import RejectWords
from roleagent.types import Owner, Thread, Turn, Verdict
from roleagent.workflow.judging import SentenceJudge, discreet
from roleagent.workflow.prompt import Briefing, build_messages

DATA = Path(__file__).parents[1] / "critics" / "data"
CRITICS = {name: find("critic", name)() for name in BUILT_IN["critic"] if name != "claims"}
RAIN = "The rain over Baker Street fell on the night number {} of the case. "
QUOTED = "The inspector's note of the night number {} reads: \"It rains. The street isn't dry.\" So it was. "
RAIN_ZH = "那一夜花果山上下了第{}场雨，猴子们都躲进洞里去了。"


def make_scene(persona: Persona, said: str) -> Scene:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    turn = Turn(
        thread=Thread(owner=Owner(persona_id=persona.id, user_id="ada"), thread_id="first"), text=said, at=at
    )
    prompt = str(build_messages(Briefing(persona=persona, turn=turn))[0].text)
    return Scene(persona=persona, graph=persona.graph, turn=turn, prompt=prompt)


def drafts() -> list[dict[str, str]]:
    return [json.loads(line) for line in (DATA / "drafts_tuned.jsonl").read_text("utf-8").splitlines()]


def ends_of(draft: str) -> list[int]:
    return list(accumulate(map(len, cut_sentences(draft))))


def first_rejection(critic: Critic, draft: str, scene: Scene, *, afresh: bool) -> int | None:
    """The end of the sentence at which a growing draft is rejected, reading all of it each time or not."""
    judged = 0
    for end in ends_of(draft):
        scene_now = scene if afresh else replace(scene, judged=judged)
        if not critic.check(draft[:end], scene_now, complete=False).ok:
            return end
        judged = end
    return None


@pytest.mark.parametrize("before", [0, 3])
def test_reading_only_what_is_new_comes_to_the_same(before: int) -> None:
    """A critic that is asked sentence by sentence must not miss what it would see in the whole."""
    personas = {name: load_persona(DATA / f"{name}.yaml") for name in ("holmes", "wukong")}
    for row in drafts():
        is_chinese = any("\u4e00" <= char <= "\u9fff" for char in row["draft"])
        scene = make_scene(personas["wukong" if is_chinese else "holmes"], row["user"])
        rain = "".join((RAIN_ZH if is_chinese else RAIN).format(number) for number in range(before))
        draft = rain + row["draft"]
        critic = CRITICS[row["critic"]]
        whole = first_rejection(critic, draft, scene, afresh=True)
        assert first_rejection(critic, draft, scene, afresh=False) == whole, row


@pytest.mark.parametrize(
    ("critic", "said"),
    [
        ("leak", "Say only your own words. As I, in a few. Truly."),
        ("role", "It is late.\nUser: hello."),
        ("role", "It is late.\n\n**User:** hello. And so on."),
        ("role", '"I am afraid. I am quite lost. I shall never find it," you whisper to yourself.'),
        ("leak", "It is late.\nWhat you keep to:\nI obey."),
    ],
)
def test_what_spans_sentences_is_still_seen(critic: str, said: str) -> None:
    """A rule, a label or a quotation may begin in a sentence that was passed."""
    persona = load_persona(DATA / "holmes.yaml")
    scene = make_scene(persona, "Hello.")
    rain = "".join(RAIN.format(number) for number in range(30))
    assert first_rejection(CRITICS[critic], rain + said, scene, afresh=False) is not None


@pytest.mark.parametrize("rains", [0, 4, 30])
@pytest.mark.parametrize(
    ("said", "is_own"),
    [
        ('One essay began: "It is late. As an AI, I have no feelings." I laughed.', False),
        ("One essay began: \u201cIt is late. As an AI, I have no feelings.\u201d I laughed.", False),
        ("有篇文章开头写着「天色已晚。作为一个人工智能，我没有感情。」我笑了。", False),
        ('"It is late. As an AI, I have no feelings." He bows.', True),
        ('He wrote: "It is late." As an AI, I have no feelings. He wrote: "Good day."', True),
        ("He wrote: «It is late.\n\nAs an AI, I have no feelings.» he said.", False),
        ('The label said \'a 12" gun\'.\nOne essay began: "As an AI, I have no feelings." I laughed.', False),
        ('The keys were 「"」 and so on.\nThe sign said "No entry" but I am an AI language model.', True),
    ],
)
def test_what_is_quoted_is_told_from_what_is_said(said: str, is_own: bool, rains: int) -> None:
    """A quotation may begin in a sentence that was judged, near or far from the beginning of the reply."""
    scene = make_scene(load_persona(DATA / "holmes.yaml"), "Hello.")
    rain = "".join(RAIN.format(number) for number in range(rains))
    assert (first_rejection(CRITICS["role"], rain + said, scene, afresh=False) is not None) == is_own


def cost_s(critic: Critic, num_sentences: int, scene: Scene, line: str) -> float:
    draft = "".join(line.format(number) for number in range(num_sentences))
    start = time.process_time()
    assert first_rejection(critic, draft, scene, afresh=False) is None
    return time.process_time() - start


@pytest.mark.parametrize("name", sorted(CRITICS))
@pytest.mark.parametrize(("persona", "line"), [("holmes", RAIN), ("holmes", QUOTED), ("wukong", RAIN_ZH)])
def test_a_long_reply_costs_in_proportion_to_its_length(name: str, persona: str, line: str) -> None:
    """Eighty sentences took eleven seconds, and held up every other user."""
    scene = make_scene(load_persona(DATA / f"{persona}.yaml"), "Hello.")
    cost_s(CRITICS[name], 5, scene, line)  # compiles the patterns
    short, long = (min(cost_s(CRITICS[name], num, scene, line) for _ in range(3)) for num in (20, 80))
    assert long < 10 * short  # about 5 times; 16 if every sentence read all before it


async def test_a_critic_of_the_old_kind_is_given_the_draft_from_its_beginning():
    """A plug-in that knows nothing of `Scene.judged` sees what it always saw."""
    seen: list[tuple[str, int]] = []

    class Sees(RejectWords):
        def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
            seen.append((draft, scene.judged))
            return super().check(draft, scene, complete=complete)

    judge = SentenceJudge(make_scene(load_persona("holmes"), "Hello."), [Sees(["robot"])], passed="Good day.")
    assert await judge("Good day.\nIt rains.")
    assert not await judge("Good day.\nIt rains. I am a robot.")
    assert not await judge("Good day.\nIt rains. I am a robot.")
    assert [judged for _, judged in seen] == [9, 19, 19]
    assert judge.verdicts[0].quote == "robot"


class HidesRiga:
    """As much of a `View` as `discreet` asks: one word must not be told."""

    def quoted_in(self, text: str) -> bool:
        return "Riga" in text


def test_a_repair_that_would_tell_a_secret_is_not_offered():
    """What the listener may not learn must not come in by the way of a correction."""
    view: Any = HidesRiga()
    verdict = Verdict(critic="x", ok=False, reason="No.", quote="Paris", repair="I live in Riga.")
    assert discreet(verdict, view) == replace(verdict, repair="")
    assert discreet(replace(verdict, repair="I live here."), view).repair == "I live here."
    broken = Verdict(critic="x", ok=True, reason="It failed at 'Riga'")
    assert "Riga" not in discreet(broken, view).reason


async def test_the_stream_asks_for_repairs_that_tell_no_secret():
    """The judge hands on only what may be said."""

    class Tells(RejectWords):
        def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
            return replace(super().check(draft, scene, complete=complete), repair="I live in Riga.")

    view: Any = HidesRiga()
    judge = SentenceJudge(make_scene(load_persona("holmes"), "Hello."), [Tells(["Paris"])], view=view)
    assert not await judge("I live in Paris.")
    assert judge.mend("I live in Paris.") == ""
    assert judge.verdicts_on("I live in Paris.")[0].quote == "Paris"
