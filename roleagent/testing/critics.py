"""A published fake critic: real behaviour, simple enough to predict in a test."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from roleagent.graph.graph import PersonaGraph
from roleagent.persona.persona import Persona
from roleagent.protocols import Critic, Guard, Scene
from roleagent.types import Node, Owner, Thread, Turn, Verdict


class RejectWords:
    """Rejects every draft that contains one of some words, in any case.

    >>> from roleagent.types import Verdict
    >>> RejectWords(["robot"]).judge("I am a Robot.").ok
    False
    """

    def __init__(self, words: Iterable[str], *, name: str = "reject-words") -> None:
        self.name = name
        self._words = tuple(words)

    def check(self, draft: str, scene: Scene, *, complete: bool) -> Verdict:
        """Judge by the draft alone."""
        return self.judge(draft)

    def judge(self, draft: str) -> Verdict:
        """The verdict on a draft; needs no scene."""
        for word in self._words:
            at = draft.casefold().find(word.casefold())
            if at >= 0:
                return Verdict(critic=self.name, ok=False, reason=f"Do not say {word!r}.", quote=word)
        return Verdict(critic=self.name, ok=True)


_ODD_TEXTS = (
    "",
    " \n\t ",
    "Good day to you.",
    "“Who?” she asked. 他走了。",
    "\x00\ufffd\u202e 🙂‍↔️ \ud7ff",
    "((((*[+?.\\ {subject} {{name}} %s",
    "word " * 5_000,
    "很" * 5_000,
)


def a_scene(text: str = "Good evening.") -> Scene:
    """A scene with a persona that has only a name."""
    node = Node(id="anne", type="person", label="Anne")
    graph = PersonaGraph(nodes=[node], facts=[], relations={})
    persona = Persona(id="anne", name="Anne", summary="You are Anne.", graph=graph, node_id="anne")
    at = datetime(2026, 1, 1, tzinfo=UTC)
    turn = Turn(
        thread=Thread(owner=Owner(persona_id="anne", user_id="ada"), thread_id="first"), text=text, at=at
    )
    return Scene(persona=persona, graph=graph, turn=turn)


def check_critic(critic: Critic, scene: Scene | None = None, *, rejects: Sequence[str] = ()) -> None:
    """Check every promise of `Critic` on an implementation; `AssertionError` names the broken one.

    Args:
        critic: the critic to check.
        scene: what drafts are compared with. Default: a persona without facts or horizon.
        rejects: drafts that the critic must not pass in this scene.
    """
    scene = scene or a_scene()
    assert isinstance(critic, Critic), f"{critic!r} lacks a name or the method check"
    assert critic.name.strip(), "a critic needs a name that verdicts can carry"
    fails_open = getattr(critic, "fails_open", False)
    assert isinstance(fails_open, bool), f"fails_open is {fails_open!r}, neither True nor False"
    for draft in (*_ODD_TEXTS, *rejects):
        for complete in (False, True):
            verdict = critic.check(draft, scene, complete=complete)
            _holds_together(verdict, critic.name, where="draft")
            unknown = set(verdict.evidence) - set(scene.graph.facts)
            assert not unknown, f"evidence {unknown} names no fact of the graph"
            again = critic.check(draft, scene, complete=complete)
            assert verdict == again, f"two verdicts on {draft[:40]!r} differ"
    assert critic.check("Good day to you.", scene, complete=True).ok, "a plain greeting was rejected"
    for draft in rejects:
        assert not critic.check(draft, scene, complete=True).ok, f"{draft!r} was passed"
    _agrees_across_threads(lambda draft: critic.check(draft, scene, complete=True), [*_ODD_TEXTS, *rejects])


def check_guard(guard: Guard, *, flags: Sequence[str] = ()) -> None:
    """Check every promise of `Guard` on an implementation.

    Args:
        guard: the guard to check.
        flags: texts that the guard must not pass.
    """
    assert isinstance(guard, Guard), f"{guard!r} lacks a name or the method screen"
    for text in (*_ODD_TEXTS, *flags):
        for where in ("user", "picture.png"):
            verdict = guard.screen(text, where=where)
            _holds_together(verdict, guard.name, where=where)
            assert verdict == guard.screen(text, where=where), f"two verdicts on {text[:40]!r} differ"
    assert guard.screen("Good day to you.", where="user").ok, "a plain greeting was flagged"
    for text in flags:
        assert not guard.screen(text, where="user").ok, f"{text!r} was passed"
    _agrees_across_threads(lambda text: guard.screen(text, where="user"), [*_ODD_TEXTS, *flags])


def _holds_together(verdict: Verdict, name: str, *, where: str) -> None:
    assert isinstance(verdict, Verdict), f"{verdict!r} is no Verdict"
    assert verdict.critic == name, f"the verdict names {verdict.critic!r}, not {name!r}"
    assert verdict.where == where, f"the verdict is about {verdict.where!r}, not {where!r}"
    assert verdict.score is None or 0 <= verdict.score <= 1, f"score {verdict.score} is not within 0–1"
    if verdict.ok:
        assert not verdict.quote, f"a verdict that is ok quotes {verdict.quote!r} as being at fault"
        assert not verdict.repair, f"a verdict that is ok mends with {verdict.repair!r}"
    else:
        assert verdict.reason.strip(), "a rejection without a reason helps nobody to do better"


def _agrees_across_threads(judge: Callable[[str], Verdict], texts: Sequence[str]) -> None:
    alone = [judge(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(judge, [*texts, *texts]))
    assert together == [*alone, *alone], "verdicts change when threads share the critic"
