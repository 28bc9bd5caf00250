"""The card counts what is there and shows some of it."""

from __future__ import annotations

from roleagent.tuning.data_card import card_of
from roleagent.tuning.dialogues import Dialogue, Message, Rejected
from roleagent.tuning.duplicates import Kept


def dialogue(reply: str, **known: object) -> Dialogue:
    told = (Message(role="user", text="Well?"), Message(role="assistant", text=reply))
    return Dialogue(messages=told, **known)  # type: ignore[arg-type]


TOLD = [
    dialogue("one two three", kind="fact", grounded=True, persona="orla", source="template"),
    dialogue("茶好", language="zh", source="written", note={"augmented": "typo"}),
    dialogue("one", rejected=(Rejected(text="# Bad", fault="voice"), Rejected(text="No.", fault="voice"))),
    *[dialogue("one two") for _ in range(17)],
]


def card(**options: object) -> str:
    known = {"title": "Millers", "command": "roleagent train data orla", "notes": ["Apache-2.0."]}
    return card_of(TOLD, **{**known, **options})  # type: ignore[arg-type]


def test_counts_shares_and_lengths_are_as_worked_out_by_hand():
    """Twenty dialogues: nineteen are English, one is grounded, and their replies have one to three words."""
    lines = card().splitlines()
    for line in (
        "# Millers",
        "| dialogues | 20 |",
        "| rejected replies | 2 |",
        "| grounded last replies | 1 (5.0%) |",
        "| augmented | 1 (5.0%) |",
        "| fact | 1 (5.0%) |",
        "| talk | 19 (95.0%) |",
        "| English | 19 (95.0%) |",
        "| Chinese | 1 (5.0%) |",
        "| template | 1 (5.0%) |",
        "| orla | 1 (5.0%) |",
        "| typo | 1 (5.0%) |",
        "| voice | 2 |",
        "Apache-2.0.",
        "    roleagent train data orla",
    ):
        assert line in lines
    assert "median 2, 95th percentile 2, longest 3 (n = 20)" in card()


def test_checks_are_claimed_only_if_they_were_made():
    """A card must not promise what nobody did."""
    plain = card()
    assert "Duplicates were not looked for." in plain
    assert "not checked for test probes" in plain
    checked = card(kept=Kept(dialogues=(), num_exact=3, num_near=1200), num_probes=3726)
    assert "Duplicates left out: 3 exact ones and 1,200 near ones." in checked
    assert "3,726 test probes" in checked


def test_ten_examples_are_drawn_with_the_seed_and_shown_in_full():
    """With their rejected replies, which cannot break the page."""
    assert card().count("### Dialogue ") == 10
    assert card() == card()
    assert card(seed=1) != card(seed=2)
    shown = next(text for seed in range(20) if "### Dialogue 3" in (text := card(seed=seed)))
    assert "**Rejected: voice**\n\n    # Bad\n" in shown


def prompted(*prompts: str, persona: str = "orla") -> list[Dialogue]:
    """A dialogue behind each system prompt, all of one persona."""
    return [
        Dialogue(
            messages=(
                Message(role="system", text=prompt),
                Message(role="user", text=f"{number}?"),
                Message(role="assistant", text="Aye."),
            ),
            persona=persona,
        )
        for number, prompt in enumerate(prompts)
    ]


def page_of(dialogues: list[Dialogue]) -> str:
    return card_of(dialogues, title="x", command="x", notes=[])


def test_a_system_prompt_is_shown_once():
    """Ten times the same page of text hides the dialogues; the question of each is there."""
    page = page_of(prompted(*["You are Orla.\nYou keep bees."] * 3))
    assert page.count("You keep bees.") == 1
    assert page.count("**System**: as in dialogue 1\n") == 2
    assert all(f"    {number}?\n" in page for number in range(3))


def test_of_a_prompt_much_like_it_the_lines_that_differ_are_shown():
    """Both those that came and those that went; all of one that has no line in common."""
    page = page_of(
        prompted("You are Orla.\nYou keep bees.", "You are Orla.\nYou keep hens.", "Du bist Orla.")
    )
    differing = "as in dialogue 1, but for these lines\n\n    - You keep bees.\n    + You keep hens.\n"
    assert f"**System**: {differing}" in page
    assert page.count("You are Orla.") == 1
    assert "**System**\n\n    Du bist Orla.\n" in page


def test_each_persona_has_its_own_prompt():
    """Else one would be compared with another's."""
    orla, finn = (f"You are {name}.\nYou keep bees." for name in ("Orla", "Finn"))
    page = page_of([*prompted(orla), *prompted(finn, persona="finn")])
    assert page.count("**System**\n") == 2
    assert page.count("    You keep bees.") == 2


def test_a_long_system_prompt_is_shortened():
    """It says how much is left out."""
    page = page_of(prompted("x" * 1_510))
    assert f"    {'x' * 1_500}\n    … (10 characters more)" in page
    assert "more)" not in page_of(prompted("x" * 1_500))


def test_pictures_are_shown_by_their_names():
    """Folders of one's own machine are of no use to others."""
    message = Message(role="user", text="See?", pictures=("/home/ann/cat.png",))
    page = page_of([Dialogue(messages=(message, Message(role="assistant", text="A cat.")))])
    assert "(picture: cat.png)" in page


def test_many_personas_are_summed_up():
    """A table of a thousand rows is not read."""
    many = [dialogue("Aye.", persona=f"p{at:03}") for at in range(50)]
    page = card_of(many, title="Many", command="x", notes=[])
    assert "| 10 others | 10 (20.0%) |" in page
    assert "| p040 |" not in page


def test_no_dialogues_make_a_card_too():
    """It says so."""
    page = card_of([], title="None", command="x", notes=[])
    assert "| dialogues | 0 |" in page
    assert "There are none." in page
