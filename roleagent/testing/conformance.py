"""Conformance suites that every back end must pass, to call from a test: `check_memory`, `check_updater`.

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
from roleagent.types import (
    STRANGER,
    Episode,
    Fact,
    GraphUpdate,
    Node,
    Owner,
    Selection,
    Sight,
    Speaker,
    Thread,
    content_id,
)

_START = datetime(2026, 1, 1, tzinfo=UTC)
_ADA = Owner(persona_id="holmes", user_id="ada")
_TALK = Thread(owner=_ADA, thread_id="first")
_BOB = Owner(persona_id="holmes", user_id="bob")
_NOTHING = GraphUpdate()


def check_memory(make_memory: Callable[[], EpisodicMemory]) -> None:
    """Check every promise of `EpisodicMemory` on an implementation.

    Args:
        make_memory: returns an empty memory that shares nothing with earlier ones.
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
    found = memory.recall("rain", _ADA, STRANGER, limit=4)
    scores = [episode.score for episode in found if episode.score is not None]
    assert len(found) == len(scores) == 4
    assert scores == sorted(scores, reverse=True)
    assert len(memory.recall("rain", _ADA, STRANGER, limit=100)) == 9
    assert list(memory.recall("rain", _ADA, STRANGER, limit=0)) == []


def _answers_on_an_empty_memory(memory: EpisodicMemory) -> None:
    assert list(memory.recall("anything", _ADA, STRANGER, limit=5)) == []
    assert list(memory.recent(_TALK, STRANGER, limit=5)) == []
    assert memory.learned(_ADA, STRANGER) == _NOTHING
    assert list(memory.versions(_ADA, STRANGER)) == []
    assert not any(memory.forget(_ADA).removed.values())
    memory.remember([], _NOTHING, _ADA)


def _takes_any_query(memory: EpisodicMemory) -> None:
    _remember(memory, ["One.", "Two."])
    for query in ("", "   ", "🐈", "'; DROP TABLE episodes; --", '"* OR ^(NEAR', "\x00", "word " * 50_000):
        assert len(memory.recall(query, _ADA, STRANGER, limit=2)) == 2, f"query {query[:30]!r}"


def _returns_equal_values(memory: EpisodicMemory) -> None:
    (episode,) = _remember(memory, ["你好, Milo 🐈"])
    (found,) = memory.recall("Milo", _ADA, STRANGER, limit=1)
    assert replace(found, score=None) == episode
    assert list(memory.recent(_TALK, STRANGER, limit=1)) == [episode]


def _remembers_once(memory: EpisodicMemory) -> None:
    update = GraphUpdate(nodes=(_node("tea"),), added=(_fact("tea"),))
    for _ in range(2):
        _remember(memory, ["I drink tea."], update=update)
    assert (
        len(memory.recall("tea", _ADA, STRANGER, limit=9))
        == len(memory.recent(_TALK, STRANGER, limit=9))
        == 1
    )
    assert memory.learned(_ADA, STRANGER) == update


def _recalls_over_threads_and_continues_in_one(memory: EpisodicMemory) -> None:
    second = Thread(owner=_ADA, thread_id="second")
    _remember(memory, ["My cat is Milo.", "He is black."])
    _remember(memory, ["Good morning."], second)
    assert _best(memory, "my cat Milo") == "My cat is Milo."
    assert [episode.text for episode in memory.recent(second, STRANGER, limit=5)] == ["Good morning."]
    assert [episode.text for episode in memory.recent(_TALK, STRANGER, limit=1)] == ["He is black."]


def _recalls_what_the_persona_said_too(memory: EpisodicMemory) -> None:
    _remember(memory, ["I have never been to Lhasa."], speaker="persona")
    (found,) = memory.recall("Lhasa", _ADA, STRANGER, limit=1)
    assert found.speaker == "persona"


def _prefers_the_newer_of_equals(memory: EpisodicMemory) -> None:
    early, late = _episodes(["I am tired.", "I am tired."])
    late = replace(late, at=_START + timedelta(days=60))
    memory.remember([late], _NOTHING, _ADA)
    memory.remember([early], _NOTHING, _ADA)
    assert [episode.id for episode in memory.recall("tired", _ADA, STRANGER, limit=2)] == [late.id, early.id]


def _ends_facts_and_keeps_what_was_believed_before(memory: EpisodicMemory) -> None:
    memory.remember([], GraphUpdate(nodes=(_node("tea"),), added=(_fact("tea"),)), _ADA)
    ended = replace(_fact("tea"), valid_to="2026-02")
    change = GraphUpdate(nodes=(_node("coffee"),), added=(_fact("coffee"),), superseded=(ended,))
    for _ in range(2):
        memory.remember([], change, _ADA)
    learned = memory.learned(_ADA, STRANGER)
    by_id = {fact.id: fact for fact in learned.added}
    (before,) = memory.versions(_ADA, STRANGER)
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
    (stored,) = memory.learned(_ADA, STRANGER).added
    assert replace(stored, recorded_at=None) == canon
    assert list(memory.versions(_ADA, STRANGER)) == []


def _joins_evidence_into_what_is_known(memory: EpisodicMemory) -> None:
    sure = replace(_fact("tea"), confidence=0.9, evidence=("e2", "e1"))
    memory.remember([], GraphUpdate(added=(replace(_fact("tea"), confidence=0.6),)), _ADA)
    for _ in range(2):
        memory.remember([], GraphUpdate(merged=(sure, _fact("coffee"))), _ADA)
    assert memory.learned(_ADA, STRANGER).added == (replace(sure, evidence=("e1", "e2")),)
    assert list(memory.versions(_ADA, STRANGER)) == []


def _tells_a_listener_only_what_may_be_told(memory: EpisodicMemory) -> None:
    wife, clerk = Sight(listener="mary"), Sight(listener="bartleby")
    for number in range(6):
        for sight in (STRANGER, wife, clerk):
            said = f"The letter {number} to {sight.listener or 'all'} is hidden."
            _remember(memory, [said], sight=sight)
    assert _listeners(memory, STRANGER, limit=6) == {""}
    assert _listeners(memory, wife, limit=12) == {"", "mary"}
    assert _listeners(memory, clerk, limit=12) == {"", "bartleby"}
    assert _listeners(memory, Sight(listener="nobody"), limit=6) == {""}


def _tells_nothing_of_what_is_yet_to_come(memory: EpisodicMemory) -> None:
    moments = ("", "1887", "1887-04", "1891-05-04", "1894-04-05", "-0044-03-15")
    for moment in moments:
        for number in range(3):
            said = f"In {moment or 'no time'} it rained {number} times."
            _remember(memory, [said], sight=Sight(as_of=moment))
    for moment, expected in {
        "": set(moments),
        "1887": {"1887", "1887-04", "-0044-03-15"},
        "1887-03": {"1887", "-0044-03-15"},
        "1891-05-04": {"1887", "1887-04", "1891-05-04", "-0044-03-15"},
        "1891-05-03": {"1887", "1887-04", "-0044-03-15"},
        "-0500": set(),
    }.items():
        sight, limit = Sight(as_of=moment), 3 * len(expected)
        for found in (
            memory.recall("rained", _ADA, sight, limit=limit),
            memory.recent(_TALK, sight, limit=limit),
        ):
            assert len(found) == limit, f"{len(found)} of {limit} at {moment!r}"
            assert {episode.sight.as_of for episode in found} == expected, f"at {moment!r}"


def _knows_only_what_it_learned_in_sight(memory: EpisodicMemory) -> None:
    mary, later = Sight(listener="mary"), Sight(as_of="1891")
    for sight, drink in ((STRANGER, "tea"), (mary, "gin"), (later, "rum")):
        episodes = _episodes([f"I drink {drink}."], sight=sight)
        fact = replace(_fact(drink), evidence=(episodes[0].id,))
        memory.remember(episodes, GraphUpdate(added=(fact,)), _ADA)
    for sight, expected in (
        (STRANGER, {"tea", "rum"}),
        (mary, {"tea", "gin", "rum"}),
        (later, {"rum"}),
        (Sight(as_of="1887"), set()),
    ):
        known = {fact.object for fact in memory.learned(_ADA, sight).added}
        assert known == expected, f"{known} in {sight}"


def _refuses_a_moment_that_is_no_date(memory: EpisodicMemory) -> None:
    sight = Sight(as_of="the day of the fall")
    for call in (
        lambda: memory.recall("rain", _ADA, sight, limit=1),
        lambda: memory.recent(_TALK, sight, limit=1),
        lambda: memory.remember(_episodes(["It rains."], sight=sight), _NOTHING, _ADA),
    ):
        try:
            call()
        except InputError:
            continue
        raise AssertionError(f"as_of={sight.as_of!r} was taken for a date")


def _keeps_people_and_personas_apart(memory: EpisodicMemory) -> None:
    others = [replace(_ADA, user_id="bob"), replace(_ADA, persona_id="watson")]
    _remember(memory, ["My secret is Zanzibar."], update=GraphUpdate(added=(_fact("zanzibar"),)))
    for other in others:
        assert list(memory.recall("My secret is Zanzibar.", other, STRANGER, limit=9)) == []
        assert list(memory.recent(_first_of(other), STRANGER, limit=9)) == []
        assert memory.learned(other, STRANGER) == _NOTHING
        memory.forget(other)
    assert len(memory.recent(_TALK, STRANGER, limit=9)) == 1


def _refuses_another_owners_episode(memory: EpisodicMemory) -> None:
    (bobs,) = _episodes(["I am Bob."], _first_of(_BOB))
    try:
        memory.remember([bobs], _NOTHING, _ADA)
    except InputError:
        assert list(memory.recent(_TALK, STRANGER, limit=1)) == []
    else:
        raise AssertionError("an episode of bob was stored under ada")


def _forgets_all_of_one_and_nothing_of_others(memory: EpisodicMemory) -> None:
    second = Thread(owner=_ADA, thread_id="second")
    for thread in (_TALK, second, _first_of(_BOB)):
        _remember(memory, ["My cat is Milo."], thread, update=GraphUpdate(added=(_fact("milo"),)))
    receipt = memory.forget(_ADA)
    assert (receipt.removed["episodes"], receipt.removed["facts"]) == (2, 1)
    assert list(memory.recall("Milo", _ADA, STRANGER, limit=9)) == []
    assert list(memory.recent(second, STRANGER, limit=9)) == []
    assert memory.learned(_ADA, STRANGER) == _NOTHING
    assert len(memory.recall("Milo", _BOB, STRANGER, limit=9)) == 1
    assert len(memory.learned(_BOB, STRANGER).added) == 1
    _remember(memory, ["We start again."])
    assert [episode.text for episode in memory.recall("cat", _ADA, STRANGER, limit=9)] == ["We start again."]


def _forgets_a_part_and_what_rests_on_it_alone(memory: EpisodicMemory) -> None:
    said = ["I drink tea.", "I drink tea and rum.", "我喜欢喝茶。", "It rains."]
    first, second, _, rain = _episodes(said)
    tea = replace(_fact("tea"), evidence=(first.id, second.id))
    rum = replace(_fact("rum"), evidence=(second.id,))
    update = GraphUpdate(nodes=(_node("tea"), _node("rum")), added=(tea, rum))
    _remember(memory, said, update=update)
    receipt = memory.forget(_ADA, Selection(episodes=(second.id,)))
    assert receipt.removed["episodes"] == 1
    assert "rum" not in receipt.as_text()
    assert memory.learned(_ADA, STRANGER) == GraphUpdate(
        nodes=(_node("tea"),), added=(replace(tea, evidence=(first.id,)),)
    )
    assert said[1] not in [episode.text for episode in memory.recall("tea and rum", _ADA, STRANGER, limit=9)]
    memory.forget(_ADA, Selection(matching="茶"))
    memory.forget(_ADA, Selection(matching="DRINK"))
    assert [episode.id for episode in memory.recent(_TALK, STRANGER, limit=9)] == [rain.id]
    assert memory.learned(_ADA, STRANGER) == _NOTHING
    memory.forget(_ADA, Selection(before=rain.at))
    assert len(memory.recall("rain", _ADA, STRANGER, limit=9)) == 1
    memory.forget(_ADA, Selection(thread_id=_TALK.thread_id))
    assert list(memory.recall("rain", _ADA, STRANGER, limit=9)) == []


def _hands_over_all_that_is_kept(memory: EpisodicMemory) -> None:
    second = Thread(owner=_ADA, thread_id="second")
    update = GraphUpdate(nodes=(_node("tea"),), added=(_fact("tea"),))
    episodes = _remember(memory, ["I drink tea."], update=update)
    episodes += _remember(memory, ["A secret."], second, sight=Sight(listener="mary"))
    _remember(memory, ["I am Bob."], _first_of(_BOB))
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
    thread: Thread = _TALK,
    *,
    sight: Sight = STRANGER,
    speaker: Speaker = "user",
    update: GraphUpdate = _NOTHING,
) -> list[Episode]:
    episodes = _episodes(texts, thread, sight=sight, speaker=speaker)
    memory.remember(episodes, update, thread.owner)
    return episodes


def _first_of(owner: Owner) -> Thread:
    return replace(_TALK, owner=owner)


def _episodes(
    texts: Sequence[str], thread: Thread = _TALK, *, sight: Sight = STRANGER, speaker: Speaker = "user"
) -> list[Episode]:
    return [
        Episode(
            id=content_id(thread.thread_id, sight.listener, sight.as_of, str(number), text),
            thread=thread,
            sight=sight,
            turn_id=f"turn-{number}",
            speaker=speaker,
            text=text,
            at=_START + timedelta(minutes=number),
        )
        for number, text in enumerate(texts)
    ]


def _best(memory: EpisodicMemory, query: str) -> str:
    return memory.recall(query, _ADA, STRANGER, limit=1)[0].text


def _listeners(memory: EpisodicMemory, sight: Sight, *, limit: int) -> set[str]:
    """The listeners of the episodes found; recall and recent must agree and return all of them."""
    recalled = memory.recall("the hidden letter", _ADA, sight, limit=limit)
    recent = memory.recent(_TALK, sight, limit=limit)
    assert len(recalled) == len(recent) == limit, f"{len(recalled)} and {len(recent)} of {limit}"
    found = {episode.sight.listener for episode in recalled}
    assert found == {episode.sight.listener for episode in recent}
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
    """Check every promise of `GraphUpdater` on an implementation.

    Args:
        updater: the updater to check.
        teaches: utterances of users, each of which must teach it at least one fact.
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
