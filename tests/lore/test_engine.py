"""Which entries enter: one rule a test, expected by hand. One word is one token here."""

from __future__ import annotations

import random

import pytest

from roleagent.lore.activation import LoreSettings, LoreState, Message
from roleagent.lore.book import Lorebook, LoreEntry
from roleagent.lore.engine import MAX_ROUNDS, activate

# ── keys ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("key", "text", "fields", "hit"),
    [
        ("king", "The KING is here.", {}, True),
        ("king", "a bold kingdom", {}, False),
        ("king", "a bold kingdom", {"whole_words": False}, True),
        ("king", "the king's horse", {}, True),
        ("red dragon", "two red dragons", {}, True),
        ("龙", "一条小龙飞过", {}, True),
        ("King", "a king", {"case_sensitive": True}, False),
        ("King", "the King", {"case_sensitive": True}, True),
        ("King", "the Kingdom", {"case_sensitive": True}, False),
        ("/drag(on|ons)\\b/i", "DRAGONS fly", {}, True),
        ("/Dragon/", "dragon", {}, False),
        ("/(/", "(", {}, False),
        ("dragon|wyrm", "a Wyrm", {"use_regex": True}, True),
        ("dragon|wyrm", "a Wyrm", {"use_regex": True, "case_sensitive": True}, False),
        ("/wyrm/", "a wyrm", {"use_regex": True}, True),
        ("{{user}}", "call me", {}, True),
        ("/\\x01Ann:[^\\x01]*?hello/", "oh, hello", {}, True),
        ("Ann", "oh, hello", {}, True),
        ("  ", "anything", {}, False),
    ],
)
def test_a_key_is_found_as_its_form_says(enter, entry, ids, key, text, fields, hit):
    """Plain words, regular expressions and macros: the three things that a key may be."""
    result = enter([entry("a", key, **fields)], [f"Ann: {text}"], user="Ann")
    assert ids(result) == (["a"] if hit else [])


def test_names_are_searched_unless_told_otherwise(enter, entry, ids):
    """A message is ``Name: text`` to a key."""
    assert ids(enter([entry("a", "ann")], ["Ann: hello"])) == ["a"]
    assert ids(enter([entry("a", "ann")], ["Ann: hello"], include_names=False)) == []


def test_comments_trigger_nothing(enter, entry, ids):
    """They are for people only."""
    assert ids(enter([entry("a", "cow")], ["Ann: hi {{// a cow}}{{comment: cow}}"])) == []


@pytest.mark.parametrize(("depth", "hit"), [(0, False), (1, False), (2, True)])
def test_only_the_last_messages_are_looked_at(enter, entry, ids, depth, hit):
    """The entry's own depth goes before the book's, and that before the setting."""
    lines = ["Ann: a cow", "Holmes: indeed"]
    expected = ["a"] if hit else []
    assert ids(enter([entry("a", "cow")], lines, scan_depth=depth)) == expected
    assert ids(enter([entry("a", "cow")], lines, scan_depth=9, book={"scan_depth": depth})) == expected
    assert ids(enter([entry("a", "cow", scan_depth=depth)], lines, book={"scan_depth": 9})) == expected


@pytest.mark.parametrize(
    ("logic", "with_none", "with_one", "with_both"),
    [
        ("and_any", False, True, True),
        ("and_all", False, False, True),
        ("not_any", True, False, False),
        ("not_all", True, True, False),
    ],
)
def test_secondary_keys_follow_their_logic(enter, entry, ids, logic, with_none, with_one, with_both):
    """The four logics of the readers in use."""
    cow = entry("a", "cow", secondary_keys=("red", "old"), selective=True, logic=logic)
    said = ["Ann: a cow", "Ann: a red cow", "Ann: an old red cow"]
    assert [bool(ids(enter([cow], [line]))) for line in said] == [with_none, with_one, with_both]


def test_secondary_keys_are_left_aside_unless_selective(enter, entry, ids):
    """As are those of an entry whose keys are regular expressions (card V3)."""
    assert ids(enter([entry("a", "cow", secondary_keys=("red",))], ["Ann: a cow"])) == ["a"]
    v3 = entry("a", "cow", secondary_keys=("red",), selective=True, use_regex=True)
    assert ids(enter([v3], ["Ann: a cow"])) == ["a"]


def test_a_decision_names_the_key_and_the_message_it_was_found_in(enter, entry):
    """The newest message that holds it counts."""
    cow = entry("a", "horse", "cow", secondary_keys=("red", "blue"), selective=True)
    result = enter([cow], ["Ann: cow", "Ann: red cow", "Holmes: well"])
    decision = result.decisions[0]
    assert (decision.key, decision.source, decision.where) == ("cow", "message", "1")
    assert decision.other_keys == ("red",)


def test_texts_beside_the_conversation_are_searched_when_asked_for(enter, entry, ids):
    """Such as the character's description."""
    entries = [entry("a", "cow", also_in=("description",)), entry("b", "cow")]
    result = enter(entries, ["Ann: hi"], texts={"description": "A cow."})
    assert ids(result) == ["a"]
    assert (result.decisions[0].source, result.decisions[0].where) == ("text", "description")


# ── conditions ───────────────────────────────────────────────────────────────────────────────


def test_each_entry_gets_its_reason(enter, entry, why):
    """The inspector answers for every entry, also those that nothing brought up."""
    entries = [
        entry("constant", constant=True),
        entry("found", "cow"),
        entry("off", "cow", enabled=False),
        entry("empty", "cow", content="  "),
        entry("swipe", "cow", triggers=("swipe",)),
        entry("watson", "cow", only_for=("Watson",)),
        entry("holmes", "cow", only_for=("holmes",)),
        entry("not holmes", "cow", not_for=("Holmes",)),
        entry("keyless"),
        entry("other", "horse"),
        entry("late", "cow", delay=2),
        entry("deep", "cow", delay_until_recursion=1),
        entry("never", "cow", probability=0),
    ]
    assert why(enter(entries, ["Ann: a cow"], char="Holmes", recursive=False)) == {
        "constant": "constant", "found": "key", "off": "disabled", "empty": "empty", "swipe": "trigger",
        "watson": "character", "holmes": "key", "not holmes": "character", "keyless": "no_keys",
        "other": "no_match", "late": "delay", "deep": "recursion_only", "never": "probability",
    }  # fmt: skip


def test_the_roll_is_compared_with_the_probability(enter, entry):
    """The first draw of seed 0 is 84.4 percent."""
    over, under = entry("a", "cow", probability=84), entry("a", "cow", probability=85)
    assert not enter([over], ["Ann: cow"]).decisions[0].entered
    decision = enter([under], ["Ann: cow"]).decisions[0]
    assert decision.entered
    assert round(decision.roll, 1) == 84.4


# ── groups ───────────────────────────────────────────────────────────────────────────────────


def test_one_of_a_group_enters_by_weighted_draw(enter, entry, ids):
    """The first draw of seed 0 is 0.844: of weights 1 and 9 that is 8.4, in the second share."""
    entries = [entry("a", "cow", group="g", group_weight=1), entry("b", "cow", group="g", group_weight=9)]
    result = enter(entries, ["Ann: cow"])
    assert ids(result) == ["b"]
    draw, total = result.decisions[1].group_draw
    assert (round(draw, 2), total) == (8.44, 10)
    assert result.decisions[0].reason == "group"


def test_an_override_wins_by_order(enter, entry, ids):
    """No draw among those that have it."""
    entries = [
        entry("a", "cow", group="g", group_weight=10_000, order=900),
        entry("b", "cow", group="g", group_override=True, order=1),
        entry("c", "cow", group="g", group_override=True, order=2),
    ]
    assert ids(enter(entries, ["Ann: cow"])) == ["c"]


def test_group_scoring_counts_keys(enter, entry, ids):
    """One for each primary key; for each secondary key found with and_any, for all with and_all."""
    two = entry("two", "song", "sing", group="g")
    three = entry("three", "song", "sing", "ghosts", group="g")
    for seed in range(5):
        result = enter([two, three], ["Ann: sing a song of ghosts"], use_group_scoring=True, seed=seed)
        assert ids(result) == ["three"]
        assert [each.score for each in result.decisions] == [2, 3]
    any_of = entry("any", "song", secondary_keys=("a", "of"), selective=True, group="g")
    none_of = entry(
        "none", "song", "sing", secondary_keys=("x", "y"), selective=True, logic="not_any", group="g"
    )
    result = enter([none_of, any_of], ["Ann: sing a song of ghosts"], book={"use_group_scoring": True})
    assert [each.score for each in result.decisions] == [2, 3]


def test_an_entry_of_two_groups_keeps_the_others_of_both_out(enter, entry, ids):
    """It has won one, so it wins the other."""
    entries = [
        entry("a", "cow", group="g, h", group_override=True),
        entry("b", "cow", group="g"),
        entry("c", "cow", group="h", group_override=True, order=999),
    ]
    assert ids(enter(entries, ["Ann: cow"])) == ["a"]


def test_a_group_that_has_entered_is_taken(enter, entry, ids, why):
    """Also in later rounds."""
    entries = [entry("a", "cow", group="g", content="grass"), entry("b", "grass", group="g")]
    result = enter(entries, ["Ann: cow"])
    assert ids(result) == ["a"]
    assert why(result)["b"] == "group"


# ── timed effects ────────────────────────────────────────────────────────────────────────────


def test_sticky_then_cooldown_are_counted_in_messages(enter, entry, why):
    """Entered at 2: stays for three messages, rests for two, is free again at 8."""
    timed = entry("a", "cow", sticky=3, cooldown=2, delay=2)
    state, seen = LoreState(), []
    for number in range(1, 9):
        lines = [f"Ann: {number}"] * (number - 1) + ["Ann: a cow"]
        result = enter([timed], lines, state=state, scan_depth=1)
        state = LoreState.from_json(result.state.to_json())
        seen.append(why(result)["a"])
    assert seen == ["delay", "key", "sticky", "sticky", "sticky", "cooldown", "cooldown", "key"]


def test_a_sticky_entry_needs_no_key_no_roll_and_wins_its_group(enter, entry, ids):
    """It stays, whatever is said."""
    sticky = entry("a", "cow", sticky=5, group="g", probability=85)
    rival = entry("b", "horse", group="g", group_override=True)
    first = enter([sticky, rival], ["Ann: a cow"])
    assert ids(first) == ["a"]
    for seed in range(5):
        again = enter(
            [sticky, rival], ["Ann: a cow", "Ann: horse"], state=first.state, scan_depth=1, seed=seed
        )
        assert ids(again) == ["a"]


def test_effects_end_when_the_chat_does_not_advance_or_the_entry_is_edited(enter, entry, ids):
    """A message said anew, and an entry written anew, start anew."""
    timed = entry("a", "cow", sticky=5)
    first = enter([timed], ["Ann: cow"])
    assert first.state.effects
    assert ids(enter([timed], ["Ann: horse"], state=first.state)) == []
    edited = entry("a", "cow", sticky=5, content="other")
    assert ids(enter([edited], ["Ann: x", "Ann: y"], state=first.state)) == []
    assert ids(enter([timed], ["Ann: x", "Ann: y"], state=first.state)) == ["a"]


def test_the_length_of_the_conversation_may_be_given(enter, entry, why):
    """An application passes the last messages only."""
    late = entry("a", "cow", delay=10)
    assert why(enter([late], ["Ann: cow"], num_messages=9)) == {"a": "delay"}
    assert why(enter([late], ["Ann: cow"], num_messages=10)) == {"a": "key"}


# ── recursion ────────────────────────────────────────────────────────────────────────────────


def chain(entry, **second):
    return [
        entry("a", "cow", content="a cow eats grass"),
        entry("b", "grass", content="grass needs rain", **second),
        entry("c", "rain", content="rain is wet"),
    ]


def test_texts_that_entered_trigger_others_round_by_round(enter, entry, ids):
    """The decision says in whose text and in which round."""
    result = enter(chain(entry), ["Ann: cow"])
    assert ids(result) == ["a", "b", "c"]
    assert [(each.level, each.where) for each in result.decisions] == [(0, "0"), (1, "a"), (2, "b")]


@pytest.mark.parametrize(
    ("second", "settings", "entered"),
    [
        ({}, {"recursive": False}, ["a"]),
        ({}, {"book": {"recursive": False}}, ["a"]),
        ({"exclude_recursion": True}, {}, ["a"]),
        ({"prevent_recursion": True}, {}, ["a", "b"]),
        ({}, {"max_recursion": 1}, ["a", "b"]),
        ({}, {"book": {"max_recursion": 2}}, ["a", "b", "c"]),
        ({"delay_until_recursion": 1}, {}, ["a", "b", "c"]),
    ],
)
def test_recursion_can_be_bounded(enter, entry, ids, second, settings, entered):
    """By the reader, by the book, and by the entries on either side."""
    assert ids(enter(chain(entry, **second), ["Ann: cow"], **settings)) == entered


def test_levels_open_one_after_the_other(enter, entry):
    """The next level opens when nothing comes of the last."""
    entries = [
        entry("first", "cow", delay_until_recursion=1),
        entry("third", "cow", delay_until_recursion=3, content="x"),
        entry("after", "first", content="y"),
    ]
    levels = {each.entry: each.level for each in enter(entries, ["Ann: cow"]).decisions if each.entered}
    assert levels == {"first": 1, "after": 2, "third": 4}


def test_hidden_keys_trigger_others_and_are_not_written(enter, entry):
    """`{{hidden_key:…}}` is for recursion alone."""
    entries = [entry("a", "cow", content="Moo.{{hidden_key:grass}}"), entry("b", "grass")]
    assert [each.text for each in enter(entries, ["Ann: cow"]).insertions] == ["Moo.", "b text"]


def test_a_circle_ends_and_a_very_long_chain_is_stopped(enter, entry):
    """No book can keep the engine busy for ever."""
    circle = [entry("a", "cow", content="grass"), entry("b", "grass", content="cow")]
    assert len(enter(circle, ["Ann: cow"]).insertions) == 2
    long = [entry(f"e{n}", f"key{n}", content=f"key{n + 1}") for n in range(MAX_ROUNDS + 50)]
    result = enter(long, ["Ann: key0"])
    assert len(result.insertions) == MAX_ROUNDS + 1
    assert result.notes == (f"recursion was stopped after {MAX_ROUNDS} rounds",)


# ── looking further back ─────────────────────────────────────────────────────────────────────


def test_min_activations_look_further_back(enter, entry, ids):
    """One message at a time, as far as it takes."""
    entries = [entry("a", "cow"), entry("b", "horse"), entry("c", "pig")]
    lines = ["Ann: pig", "Ann: horse", "Ann: cow"]
    assert ids(enter(entries, lines, scan_depth=1)) == ["a"]
    assert ids(enter(entries, lines, scan_depth=1, book={"min_activations": 2})) == ["a", "b"]
    assert ids(enter(entries, lines, scan_depth=1, min_activations=9)) == ["a", "b", "c"]
    assert ids(enter(entries, lines, scan_depth=1, min_activations=9, max_scan_depth=2)) == ["a", "b"]


def test_min_activations_put_max_recursion_aside(enter, entry, ids):
    """The two exclude each other; what happens is said."""
    result = enter(chain(entry), ["Ann: cow"], book={"min_activations": 1, "max_recursion": 1, "name": "B"})
    assert ids(result) == ["a", "b", "c"]
    assert result.notes == ("the book 'B' has max_recursion and min_activations: max_recursion is ignored",)


# ── budget and order ─────────────────────────────────────────────────────────────────────────


def test_the_budget_takes_constants_first_then_higher_order_and_stops_when_full(enter, entry, why):
    """Nothing smaller slips in afterwards; what ignores the budget does."""
    entries = [
        entry("small", "cow", order=1, content="x"),
        entry("low", "cow", order=2, content="one two three"),
        entry("high", "cow", order=3, content="one two"),
        entry("constant", constant=True, order=0, content="one two"),
        entry("free", "cow", order=0, content="one two three four", ignore_budget=True),
    ]
    result = enter(entries, ["Ann: cow"], token_budget=5)
    assert why(result) == {
        "small": "budget", "low": "budget", "high": "key", "constant": "constant", "free": "key",
    }  # fmt: skip
    low = result.decisions[1]
    assert (low.num_tokens, low.left) == (3, 1)
    assert result.num_tokens == 8


def test_what_is_mentioned_directly_comes_before_what_recursion_brings(enter, entry, ids):
    """However high its order."""
    entries = [
        entry("direct", "cow", order=1, content="grass grass"),
        entry("recursive", "grass", order=999, content="one two"),
    ]
    assert ids(enter(entries, ["Ann: cow"], token_budget=3)) == ["direct"]


def test_a_low_priority_is_dropped_first(enter, entry, ids):
    """Where the book has priorities, they decide in place of the order."""
    entries = [
        entry("a", "cow", order=9, priority=1),
        entry("b", "cow", order=1, priority=5),
    ]
    assert ids(enter(entries, ["Ann: cow"], token_budget=2)) == ["b"]


def test_a_book_has_a_budget_of_its_own(enter, entry, ids):
    """One greedy book does not stop the others."""
    greedy = Lorebook(name="A", token_budget=1, entries=(entry("a", "cow"),))
    other = Lorebook(name="B", entries=(entry("b", "cow"),))
    assert ids(enter([greedy, other], ["Ann: cow"])) == ["b"]
    assert ids(enter([greedy, other], ["Ann: cow"], token_budget=None)) == ["b"]


def test_insertions_stand_by_position_depth_and_order(enter, entry, ids):
    """A lower order stands earlier; a deeper one stands earlier; books in their order."""
    entries = [
        entry("late", "cow", order=9),
        entry("early", "cow", order=1),
        entry("shallow", "cow", position="at_depth", depth=0),
        entry("deep", "cow", position="at_depth", depth=4, order=999, role="user"),
        entry("after", "cow", position="after_char", order=-5),
    ]
    result = enter(entries, ["Ann: cow"])
    assert ids(result) == ["early", "late", "after", "deep", "shallow"]
    deep = result.insertions[3]
    assert (deep.position, deep.depth, deep.role) == ("at_depth", 4, "user")


# ── the whole ────────────────────────────────────────────────────────────────────────────────


def test_equal_arguments_give_equal_results(enter, entry):
    """Rolls, groups and macros come from one generator."""
    entries = [
        entry(
            f"e{n}",
            "cow",
            probability=50,
            group="g" if n % 3 else "",
            content="{{random:a,b,c}} {{roll:100}}",
        )
        for n in range(30)
    ]
    one, other = (enter(entries, ["Ann: cow"], seed=7) for _ in range(2))
    assert one.insertions == other.insertions
    assert list(one.decisions) == list(other.decisions)


def test_macros_are_expanded_before_tokens_are_counted(enter, entry):
    """The budget is about what is written."""
    result = enter([entry("a", "cow", content="{{char}} and <USER>{{// not this}}")], ["Ann: cow"],
                   char="Sherlock Holmes", user="Ann")  # fmt: skip
    assert result.insertions[0].text == "Sherlock Holmes and Ann"
    assert result.num_tokens == 4


def test_nothing_at_all_gives_nothing(enter):
    """No books, no messages: no errors either."""
    result = activate(
        [Lorebook()], [], state=LoreState(), settings=LoreSettings(), generator=random.Random(0),
        count_tokens=len,
    )  # fmt: skip
    assert (result.insertions, list(result.decisions)) == ((), [])
    assert LoreState.from_json(result.state.to_json()) == LoreState()


def test_a_slow_pattern_is_stopped_and_named(enter, entry):
    """One key must not hold up the reply."""
    import time

    bombs = [entry(f"b{n}", f"/((a|aa)+)+{n}$/") for n in range(30)]
    start = time.thread_time()
    result = enter([*bombs, entry("cow", "cow")], ["Ann: cow " + "a" * 60 + "!"])
    assert time.thread_time() - start < 1.5
    assert [each.entry for each in result.insertions] == ["cow"]
    notes = " ".join(result.decisions[0].notes + result.decisions[29].notes)
    assert "takes too long" in notes
    assert "used up" in notes


def test_a_message_of_a_role_counts_as_a_reply():
    """Only the character's messages count for `@@activate_only_after`."""
    book = Lorebook(entries=(LoreEntry(id="a", keys=("cow",), content="@@activate_only_after 1\nMoo."),))
    for role, num_entered in (("user", 0), ("assistant", 1)):
        result = activate(
            [book], [Message(name="X", text="cow", role=role)], state=LoreState(), settings=LoreSettings(),
            generator=random.Random(0), count_tokens=len,
        )  # fmt: skip
        assert len(result.insertions) == num_entered
