"""Tests of taking over what was kept under a former id: all of it, and nothing of another's."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from roleagent.errors import InputError
from roleagent.store import Store
from roleagent.store.tables import OWNERS
from roleagent.types import STRANGER, Attachment, Episode, Fact, GraphUpdate, Owner, Thread

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
OLD = Owner(persona_id="zo", user_id="ann")
OLD_TALK = Thread(owner=OLD, thread_id="main")
NEW = Owner(persona_id="zoe-1", user_id="ann")
NEW_TALK = Thread(owner=NEW, thread_id="main")


@pytest.fixture
def store():
    with_memory = Store(":memory:")
    yield with_memory
    with_memory.close()


def say(store: Store, owner: Owner, name: str, *, attachments: tuple[Attachment, ...] = ()) -> None:
    episode = Episode(
        id=f"{owner.persona_id}.{name}",
        thread=Thread(owner=owner, thread_id="main"),
        turn_id="t",
        speaker="persona",
        text="Mind the hives.",
        at=NOW,
        speaker_name=name,
        attachments=attachments,
    )
    fact = Fact(
        id="user.is_called.ann",
        subject="user",
        relation="is_called",
        object="ann",
        text="The user is called Ann.",
        layer="learned",
        recorded_at=NOW,
    )
    store.commit(owner, [(episode, None)], GraphUpdate(added=(fact,)))


def make_old(store: Store) -> None:
    """As a release left it whose ids several characters shared."""
    with store._record.writing() as connection:
        connection.execute(update(OWNERS).values(settled=0))


def test_all_of_a_user_is_taken_over(store):
    """Episodes and facts are found under the new id, and under the old one nothing is."""
    say(store, OLD, "Zoë")
    make_old(store)
    asked = []
    adoption = store.adopt("zoe-1", "zo", lambda spoke: not asked.append(spoke))
    assert (adoption.moved, adoption.unclear) == (("ann",), ())
    assert asked == [("Zoë",)]
    assert [each.text for each in store.recent(NEW_TALK, STRANGER, limit=9)] == ["Mind the hives."]
    assert [fact.id for fact in store.learned(NEW).added] == ["user.is_called.ann"]
    assert store.state(OLD) is None


def test_what_may_be_anothers_stays(store):
    """Both talked under one id: nobody can part them again."""
    say(store, OLD, "Zoë")
    say(store, OLD, "Zo")
    make_old(store)
    adoption = store.adopt("zoe-1", "zo", lambda spoke: False)
    assert (adoption.moved, adoption.unclear) == ((), (("ann", ("Zo", "Zoë")),))
    assert store.state(NEW) is None
    assert len(store.recent(OLD_TALK, STRANGER, limit=9)) == 2


def test_what_somebody_uses_under_that_id_today_is_not_taken(store):
    """A character whose own id it is must not lose its memory to a newcomer of its name."""
    say(store, OLD, "Zoë")
    make_old(store)
    store.adopt("zo", None, lambda spoke: True)  # the one of this id talks first
    assert store.adopt("zoe-1", "zo", lambda spoke: True).moved == ()
    say(store, Owner(persona_id="zo", user_id="bob"), "Zo")  # and all that is new is settled
    assert store.adopt("zoe-1", "zo", lambda spoke: True).moved == ()
    assert store.state(OLD) is not None


def test_a_memory_is_never_poured_into_another(store):
    """Once mixed they could not be told apart."""
    say(store, OLD, "Zoë")
    say(store, NEW, "Zoë")
    make_old(store)
    assert store.adopt("zoe-1", "zo", lambda spoke: True).unclear == (("ann", ("Zoë",)),)
    with pytest.raises(InputError, match="already"):
        store.move(OLD, "zoe-1")
    assert (
        len(store.recent(OLD_TALK, STRANGER, limit=9)) == len(store.recent(NEW_TALK, STRANGER, limit=9)) == 1
    )


def test_of_two_characters_one_takes_it(store):
    """Not both: the second finds nothing."""
    say(store, OLD, "Zoë")
    make_old(store)
    assert store.adopt("zoe-1", "zo", lambda spoke: True).moved == ("ann",)
    assert store.adopt("zoe-2", "zo", lambda spoke: True).moved == ()


def test_paths_of_files_follow(store):
    """They lie in a folder that is named after the persona and user."""
    shown = Attachment(
        id="a", media_type="image/png", path=f"/h/media/{OLD.name}/a.png", name="a", num_bytes=1
    )
    say(store, OLD, "Zoë", attachments=(shown,))
    store.move(OLD, "zoe-1")
    assert store.recent(NEW_TALK, STRANGER, limit=1)[0].attachments[0].path == f"/h/media/{NEW.name}/a.png"


def test_nothing_can_be_moved_from_nowhere(store):
    """A mistyped id is told."""
    with pytest.raises(InputError, match="Nothing is kept of user 'ann' with persona 'zo'"):
        store.move(OLD, "zoe-1")
