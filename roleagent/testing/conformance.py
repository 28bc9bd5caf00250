"""What every back end must hold to, as functions to call from a test: `check_memory`, `check_updater`.

`check_memory` makes the memories through the factory it is given. A broken promise raises `AssertionError`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from roleagent.errors import InputError
from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import CORE_RELATIONS
from roleagent.protocols import EpisodicMemory, GraphUpdater
from roleagent.types import Episode, Fact, GraphUpdate, Node, Scope, Selection, Speaker, content_id

_START = datetime(2026, 1, 1, tzinfo=UTC)
_ADA = Scope(persona_id="holmes", user_id="ada", thread_id="first")
_NOTHING = GraphUpdate()


def check_memory(make_memory: Callable[[], EpisodicMemory]) -> None:
    """Run every promise of `EpisodicMemory` against an implementation.

    Args:
        make_memory: gives an empty memory that shares nothing with the one before.
    """
    for promise in MEMORY_PROMISES:
        memory = make_memory()
        try:
            assert isinstance(memory, EpisodicMemory), f"{memory!r} lacks a method of EpisodicMemory"
            promise(memory)
        finally:
            memory.close()


def _finds_by_words_in_english_and_chinese(memory: EpisodicMemory) -> None:
    said = [
        "My cat is called Milo.",
        "The violin needs strings.",
        "我的狗叫旺财。",
        "昨天我去了图书馆。",
    ]
    _remember(memory, said)
    assert _best(memory, "What was my cat called?") == said[0]
    assert _best(memory, "violin") == said[1]
    assert _best(memory, "狗") == said[2]
    assert _best(memory, "图书馆怎么样") == said[3]


def _gives_scores_best_first_and_no_more_than_asked(memory: EpisodicMemory) -> None:
    _remember(memory, [f"It is day {number} of the rain." for number in range(9)])
    found = memory.recall("rain", _ADA, limit=4)
    scores = [episode.score for episode in found if episode.score is not None]
    assert len(found) == len(scores) == 4
    assert scores == sorted(scores, reverse=True)
    assert len(memory.recall("rain", _ADA, limit=100)) == 9
    assert list(memory.recall("rain", _ADA, limit=0)) == []


def _answers_on_an_empty_memory(memory: EpisodicMemory) -> None:
    assert list(memory.recall("anything", _ADA, limit=5)) == []
    assert list(memory.recent(_ADA, limit=5)) == []
    assert memory.learned(_ADA) == _NOTHING
    assert list(memory.versions(_ADA)) == []
    assert not any(memory.forget(_ADA).removed.values())
    memory.remember([], _NOTHING, _ADA)


def _takes_any_query(memory: EpisodicMemory) -> None:
    _remember(memory, ["One.", "Two."])
    for query in ("", "   ", "🐈", "'; DROP TABLE episodes; --", '"* OR ^(NEAR', "\x00", "word " * 50_000):
        assert len(memory.recall(query, _ADA, limit=2)) == 2, f"query {query[:30]!r}"


def _returns_equal_values(memory: EpisodicMemory) -> None:
    (episode,) = _remember(memory, ["你好, Milo 🐈"])
    (found,) = memory.recall("Milo", _ADA, limit=1)
    assert replace(found, score=None) == episode
    assert list(memory.recent(_ADA, limit=1)) == [episode]


def _remembers_once(memory: EpisodicMemory) -> None:
    update = GraphUpdate(nodes=(_node("tea"),), added=(_fact("tea"),))
    for _ in range(2):
        _remember(memory, ["I drink tea."], update=update)
    assert len(memory.recall("tea", _ADA, limit=9)) == len(memory.recent(_ADA, limit=9)) == 1
    assert memory.learned(_ADA) == update


def _recalls_over_threads_and_continues_in_one(memory: EpisodicMemory) -> None:
    second = replace(_ADA, thread_id="second")
    _remember(memory, ["My cat is Milo.", "He is black."])
    _remember(memory, ["Good morning."], second)
    assert _best(memory, "my cat Milo", second) == "My cat is Milo."
    assert [episode.text for episode in memory.recent(second, limit=5)] == ["Good morning."]
    assert [episode.text for episode in memory.recent(_ADA, limit=1)] == ["He is black."]


def _recalls_what_the_persona_said_too(memory: EpisodicMemory) -> None:
    _remember(memory, ["I have never been to Lhasa."], speaker="persona")
    (found,) = memory.recall("Lhasa", _ADA, limit=1)
    assert found.speaker == "persona"


def _prefers_the_newer_of_equals(memory: EpisodicMemory) -> None:
    early, late = _episodes(["I am tired.", "I am tired."], _ADA, "user")
    late = replace(late, at=_START + timedelta(days=60))
    memory.remember([late], _NOTHING, _ADA)
    memory.remember([early], _NOTHING, _ADA)
    assert [episode.id for episode in memory.recall("tired", _ADA, limit=2)] == [late.id, early.id]


def _ends_facts_and_keeps_what_was_believed_before(memory: EpisodicMemory) -> None:
    memory.remember([], GraphUpdate(nodes=(_node("tea"),), added=(_fact("tea"),)), _ADA)
    ended = replace(_fact("tea"), valid_to="2026-02")
    change = GraphUpdate(nodes=(_node("coffee"),), added=(_fact("coffee"),), superseded=(ended,))
    for _ in range(2):
        memory.remember([], change, _ADA)
    learned = memory.learned(_ADA)
    by_id = {fact.id: fact for fact in learned.added}
    (before,) = memory.versions(_ADA)
    assert by_id.keys() == {"ada.drinks.tea", "ada.drinks.coffee"}
    assert by_id["ada.drinks.coffee"] == _fact("coffee")
    assert replace(by_id["ada.drinks.tea"], recorded_at=_START) == ended
    assert replace(before, superseded_at=None) == _fact("tea")
    assert before.superseded_at == by_id["ada.drinks.tea"].recorded_at
    assert {node.id for node in learned.nodes} == {"tea", "coffee"}


def _lets_the_files_own_facts_end_for_one_user(memory: EpisodicMemory) -> None:
    canon = replace(_fact("tea"), layer="canon", recorded_at=None, evidence=(), valid_to="2026")
    for _ in range(2):
        memory.remember([], GraphUpdate(superseded=(canon,)), _ADA)
    (stored,) = memory.learned(_ADA).added
    assert replace(stored, recorded_at=None) == canon
    assert list(memory.versions(_ADA)) == []


def _joins_evidence_into_what_is_known(memory: EpisodicMemory) -> None:
    sure = replace(_fact("tea"), confidence=0.9, evidence=("e2", "e1"))
    memory.remember([], GraphUpdate(added=(replace(_fact("tea"), confidence=0.6),)), _ADA)
    for _ in range(2):
        memory.remember([], GraphUpdate(merged=(sure, _fact("coffee"))), _ADA)
    assert memory.learned(_ADA).added == (replace(sure, evidence=("e1", "e2")),)
    assert list(memory.versions(_ADA)) == []


def _tells_a_listener_only_what_may_be_told(memory: EpisodicMemory) -> None:
    wife, clerk = replace(_ADA, listener="mary"), replace(_ADA, listener="bartleby")
    for number in range(6):
        for scope in (_ADA, wife, clerk):
            _remember(memory, [f"The letter {number} to {scope.listener or 'all'} is hidden."], scope)
    assert _listeners(memory, _ADA, limit=6) == {""}
    assert _listeners(memory, wife, limit=12) == {"", "mary"}
    assert _listeners(memory, clerk, limit=12) == {"", "bartleby"}
    assert _listeners(memory, replace(_ADA, listener="nobody"), limit=6) == {""}


def _tells_nothing_of_what_is_yet_to_come(memory: EpisodicMemory) -> None:
    moments = ("", "1887", "1887-04", "1891-05-04", "1894-04-05", "-0044-03-15")
    for moment in moments:
        for number in range(3):
            scope = replace(_ADA, as_of=moment)
            _remember(memory, [f"In {moment or 'no time'} it rained {number} times."], scope)
    for moment, expected in {
        "": set(moments),
        "1887": {"1887", "1887-04", "-0044-03-15"},
        "1887-03": {"1887", "-0044-03-15"},
        "1891-05-04": {"1887", "1887-04", "1891-05-04", "-0044-03-15"},
        "1891-05-03": {"1887", "1887-04", "-0044-03-15"},
        "-0500": set(),
    }.items():
        scope, limit = replace(_ADA, as_of=moment), 3 * len(expected)
        for found in (memory.recall("rained", scope, limit=limit), memory.recent(scope, limit=limit)):
            assert len(found) == limit, f"{len(found)} of {limit} at {moment!r}"
            assert {episode.scope.as_of for episode in found} == expected, f"at {moment!r}"


def _knows_only_what_it_learned_in_sight(memory: EpisodicMemory) -> None:
    mary, later = replace(_ADA, listener="mary"), replace(_ADA, as_of="1891")
    for scope, drink in ((_ADA, "tea"), (mary, "gin"), (later, "rum")):
        episodes = _episodes([f"I drink {drink}."], scope, "user")
        fact = replace(_fact(drink), evidence=(episodes[0].id,))
        memory.remember(episodes, GraphUpdate(added=(fact,)), scope)
    for scope, expected in (
        (_ADA, {"tea", "rum"}),
        (mary, {"tea", "gin", "rum"}),
        (later, {"rum"}),
        (replace(_ADA, as_of="1887"), set()),
    ):
        known = {fact.object for fact in memory.learned(scope).added}
        assert known == expected, f"{known} for {scope.listener!r} at {scope.as_of!r}"


def _refuses_a_moment_that_is_no_date(memory: EpisodicMemory) -> None:
    scope = replace(_ADA, as_of="the day of the fall")
    for call in (
        lambda: memory.recall("rain", scope, limit=1),
        lambda: memory.recent(scope, limit=1),
        lambda: memory.remember(_episodes(["It rains."], scope, "user"), _NOTHING, scope),
    ):
        try:
            call()
        except InputError:
            continue
        raise AssertionError(f"as_of={scope.as_of!r} was taken for a date")


def _keeps_people_and_personas_apart(memory: EpisodicMemory) -> None:
    others = [replace(_ADA, user_id="bob"), replace(_ADA, persona_id="watson")]
    _remember(memory, ["My secret is Zanzibar."], update=GraphUpdate(added=(_fact("zanzibar"),)))
    for other in others:
        assert list(memory.recall("My secret is Zanzibar.", other, limit=9)) == []
        assert list(memory.recent(other, limit=9)) == []
        assert memory.learned(other) == _NOTHING
        memory.forget(other)
    assert len(memory.recent(_ADA, limit=9)) == 1


def _refuses_another_owners_episode(memory: EpisodicMemory) -> None:
    (bobs,) = _episodes(["I am Bob."], replace(_ADA, user_id="bob"), "user")
    try:
        memory.remember([bobs], _NOTHING, _ADA)
    except InputError:
        assert list(memory.recent(_ADA, limit=1)) == []
    else:
        raise AssertionError("an episode of bob was stored under ada")


def _forgets_all_of_one_and_nothing_of_others(memory: EpisodicMemory) -> None:
    bob, second = replace(_ADA, user_id="bob"), replace(_ADA, thread_id="second")
    for scope in (_ADA, second, bob):
        _remember(memory, ["My cat is Milo."], scope, update=GraphUpdate(added=(_fact("milo"),)))
    receipt = memory.forget(_ADA)
    assert (receipt.removed["episodes"], receipt.removed["facts"]) == (2, 1)
    assert list(memory.recall("Milo", second, limit=9)) == [] == list(memory.recent(second, limit=9))
    assert memory.learned(_ADA) == _NOTHING
    assert len(memory.recall("Milo", bob, limit=9)) == len(memory.learned(bob).added) == 1
    _remember(memory, ["We start anew."])
    assert [episode.text for episode in memory.recall("cat", _ADA, limit=9)] == ["We start anew."]


def _forgets_a_part_and_what_rests_on_it_alone(memory: EpisodicMemory) -> None:
    said = ["I drink tea.", "I drink tea and rum.", "我喜欢喝茶。", "It rains."]
    first, second, _, rain = _episodes(said, _ADA, "user")
    tea = replace(_fact("tea"), evidence=(first.id, second.id))
    rum = replace(_fact("rum"), evidence=(second.id,))
    update = GraphUpdate(nodes=(_node("tea"), _node("rum")), added=(tea, rum))
    _remember(memory, said, update=update)
    receipt = memory.forget(_ADA, Selection(episodes=(second.id,)))
    assert receipt.removed["episodes"] == 1
    assert "rum" not in receipt.as_text()
    assert memory.learned(_ADA) == GraphUpdate(
        nodes=(_node("tea"),), added=(replace(tea, evidence=(first.id,)),)
    )
    assert said[1] not in [episode.text for episode in memory.recall("tea and rum", _ADA, limit=9)]
    memory.forget(_ADA, Selection(matching="茶"))
    memory.forget(_ADA, Selection(matching="DRINK"))
    assert [episode.id for episode in memory.recent(_ADA, limit=9)] == [rain.id]
    assert memory.learned(_ADA) == _NOTHING
    memory.forget(_ADA, Selection(before=rain.at))
    assert len(memory.recall("rain", _ADA, limit=9)) == 1
    memory.forget(_ADA, Selection(thread_id=_ADA.thread_id))
    assert list(memory.recall("rain", _ADA, limit=9)) == []


def _hands_over_all_that_is_kept(memory: EpisodicMemory) -> None:
    told = replace(_ADA, listener="mary", thread_id="second")
    update = GraphUpdate(nodes=(_node("tea"),), added=(_fact("tea"),))
    episodes = _remember(memory, ["I drink tea."], update=update) + _remember(memory, ["A secret."], told)
    _remember(memory, ["I am Bob."], replace(_ADA, user_id="bob"))
    record = memory.export(_ADA)
    assert (record.user_id, list(record.episodes)) == (_ADA.user_id, episodes)
    assert ([version.fact for version in record.versions], list(record.nodes)) == (
        [_fact("tea")],
        [_node("tea")],
    )


MEMORY_PROMISES: tuple[Callable[[EpisodicMemory], None], ...] = (
    _finds_by_words_in_english_and_chinese,
    _gives_scores_best_first_and_no_more_than_asked,
    _answers_on_an_empty_memory,
    _takes_any_query,
    _returns_equal_values,
    _remembers_once,
    _recalls_over_threads_and_continues_in_one,
    _recalls_what_the_persona_said_too,
    _prefers_the_newer_of_equals,
    _ends_facts_and_keeps_what_was_believed_before,
    _lets_the_files_own_facts_end_for_one_user,
    _joins_evidence_into_what_is_known,
    _tells_a_listener_only_what_may_be_told,
    _tells_nothing_of_what_is_yet_to_come,
    _knows_only_what_it_learned_in_sight,
    _refuses_a_moment_that_is_no_date,
    _keeps_people_and_personas_apart,
    _refuses_another_owners_episode,
    _forgets_all_of_one_and_nothing_of_others,
    _forgets_a_part_and_what_rests_on_it_alone,
    _hands_over_all_that_is_kept,
)


def _remember(
    memory: EpisodicMemory,
    texts: Sequence[str],
    scope: Scope = _ADA,
    *,
    speaker: Speaker = "user",
    update: GraphUpdate = _NOTHING,
) -> list[Episode]:
    episodes = _episodes(texts, scope, speaker)
    memory.remember(episodes, update, scope)
    return episodes


def _episodes(texts: Sequence[str], scope: Scope, speaker: Speaker) -> list[Episode]:
    return [
        Episode(
            id=content_id(scope.thread_id, scope.listener, scope.as_of, str(number), text),
            scope=scope,
            turn_id=f"turn-{number}",
            speaker=speaker,
            text=text,
            at=_START + timedelta(minutes=number),
        )
        for number, text in enumerate(texts)
    ]


def _best(memory: EpisodicMemory, query: str, scope: Scope = _ADA) -> str:
    return memory.recall(query, scope, limit=1)[0].text


def _listeners(memory: EpisodicMemory, scope: Scope, *, limit: int) -> set[str]:
    """To whom what is found was said; recall and recent must agree, and give as many as there are."""
    recalled = memory.recall("the hidden letter", scope, limit=limit)
    recent = memory.recent(scope, limit=limit)
    assert len(recalled) == len(recent) == limit, f"{len(recalled)} and {len(recent)} of {limit}"
    found = {episode.scope.listener for episode in recalled}
    assert found == {episode.scope.listener for episode in recent}
    return found


def _node(label: str) -> Node:
    return Node(id=label, type="artifact", label=label)


def _fact(object_: str) -> Fact:
    return Fact(
        id=f"ada.drinks.{object_}",
        subject="ada",
        relation="drinks",
        object=object_,
        text=f"Ada drinks {object_}.",
        layer="learned",
        recorded_at=_START,
        evidence=("e1",),
    )


def check_updater(updater: GraphUpdater, *, teaches: Sequence[str] = ()) -> None:
    """Run every promise of `GraphUpdater` against an implementation.

    Args:
        updater: the one to check.
        teaches: things said by users, each of which must teach it at least one fact.
    """
    assert isinstance(updater, GraphUpdater), f"{updater!r} lacks a method of GraphUpdater"
    empty = PersonaGraph(nodes=(), facts=(), relations=CORE_RELATIONS)
    for said in ("", "…", "Where do I live?", "我住在哪里？", *teaches):
        update = updater.propose(empty, said, _START, ("heard",))
        assert update == updater.propose(empty, said, _START, ("heard",)), f"{said!r} is read in two ways"
        assert bool(update.added) == (said in teaches), f"{said!r} teaches {[f.text for f in update.added]}"
        for fact in update.added:
            assert fact.evidence == ("heard",), f"{fact.id!r} does not name the episode it was read off"
            assert (fact.layer, fact.fixed) == ("learned", False), f"{fact.id!r} is not of the learned layer"
        empty.with_learned(update.nodes, update.added)  # raises if an end of a fact is missing
        for fact in updater.propose(empty, said, _START, ()).added:
            assert fact.evidence == (), f"{fact.id!r} names an episode that nobody gave"
