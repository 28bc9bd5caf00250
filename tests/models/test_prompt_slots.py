"""Which slot a prompt gets in an engine with adapters, and what is restored there."""

from pathlib import Path

import pytest

from roleagent.models.kept_prompts import KeptPrompts
from roleagent.models.prompt_slots import NO_ADAPTER, NUM_SLOTS, AdapterSlots, Begun

SYSTEM = {"role": "system", "content": "You are Ann."}


class FakeServer:
    """Notes what it is asked for."""

    def __init__(self) -> None:
        self.did: list[tuple] = []

    def touch(self, fields: dict) -> None:
        self.did.append(("touch", fields["id_slot"], fields["lora"]))

    def move_state(self, action: str, name: str, *, slot: int) -> None:
        self.did.append((action, slot))


def said(*texts: str, system: dict = SYSTEM) -> dict:
    roles = ("user", "assistant") * len(texts)
    return {
        "messages": [
            system,
            *({"role": role, "content": text} for role, text in zip(roles, texts, strict=False)),
        ]
    }


@pytest.fixture
def server() -> FakeServer:
    return FakeServer()


@pytest.fixture
def slots(server: FakeServer) -> AdapterSlots:
    return AdapterSlots(server, None, num_adapters=2)


def slot_of(slots: AdapterSlots, request: dict, adapter: int) -> int:
    return slots.prepare(request, "", adapter=adapter)["id_slot"]


def test_every_adapter_is_named_with_its_scale(slots: AdapterSlots) -> None:
    """What a request does not name keeps the scale with which it was loaded."""
    for adapter, scales in ((NO_ADAPTER, (0.0, 0.0)), (0, (1.0, 0.0)), (1, (0.0, 1.0))):
        fields = slots.prepare(said("Hi"), "", adapter=adapter)
        assert fields["lora"] == [{"id": n, "scale": scale} for n, scale in enumerate(scales)]


def test_the_same_prompt_under_another_adapter_has_another_slot(slots: AdapterSlots) -> None:
    """And finds its own again."""
    first = [slot_of(slots, said("Hi"), adapter) for adapter in (0, 1, NO_ADAPTER)]
    assert len(set(first)) == 3
    assert [slot_of(slots, said("Hi"), adapter) for adapter in (0, 1, NO_ADAPTER)] == first


def test_a_conversation_goes_on_in_its_slot(slots: AdapterSlots) -> None:
    """By its first words, then by its first exchange."""
    mine = slot_of(slots, said("I am Tobias."), 0)
    slot_of(slots, said("Hi"), 1)
    assert slot_of(slots, said("I am Tobias.", "I see.", "And you?"), 0) == mine
    slot_of(slots, said("Hi"), NO_ADAPTER)
    assert slot_of(slots, said("I am Tobias.", "I see.", "And you?", "Ann.", "Oh."), 0) == mine


def test_who_begins_shares_the_system_message_of_the_same_adapter(slots: AdapterSlots) -> None:
    """Unless the message was kept: then it is restored to the slot that was used longest ago."""
    mine = slot_of(slots, said("I am Tobias."), 0)
    slot_of(slots, said("Hi"), 1)
    assert slot_of(slots, said("I am Clara."), 0) == mine


def test_the_slot_that_was_used_longest_ago_makes_room(slots: AdapterSlots) -> None:
    """With more prompts than slots."""
    systems = [{"role": "system", "content": str(number)} for number in range(NUM_SLOTS)]
    taken = [slot_of(slots, said("Hi", system=system), 0) for system in systems]
    assert sorted(taken) == list(range(NUM_SLOTS))
    slot_of(slots, said("Hi", system=systems[0]), 0)
    assert slot_of(slots, said("Hi", system=SYSTEM), 0) == taken[1]


def test_a_kept_prompt_is_restored_once_the_slot_has_its_adapter(server: FakeServer, tmp_path: Path) -> None:
    """The other way round, the library would empty the slot again."""
    kept = KeptPrompts(tmp_path)
    kept.keep("key", lambda name: (tmp_path / name).write_bytes(b"state"))
    slots = AdapterSlots(server, kept, num_adapters=1)
    slot = slots.prepare(said("I am Tobias."), "key", adapter=0)["id_slot"]
    assert server.did == [("touch", slot, [{"id": 0, "scale": 1.0}]), ("restore", slot)]
    slots.prepare(said("I am Tobias.", "I see.", "And you?"), "key", adapter=0)
    assert len(server.did) == 2
    other = slots.prepare(said("I am Clara."), "key", adapter=0)["id_slot"]
    assert other != slot
    assert server.did[2:] == [("touch", other, [{"id": 0, "scale": 1.0}]), ("restore", other)]


def test_the_slot_of_the_last_request_is_kept(server: FakeServer, tmp_path: Path) -> None:
    """Under its key, once."""

    class Writes(FakeServer):
        def move_state(self, action: str, name: str, *, slot: int) -> None:
            super().move_state(action, name, slot=slot)
            (tmp_path / name).write_bytes(b"state")

    writes = Writes()
    slots = AdapterSlots(writes, KeptPrompts(tmp_path), num_adapters=2)
    slots.prepare(said("Hi"), "", adapter=0)
    slot = slots.prepare(said("Hi"), "", adapter=1)["id_slot"]
    slots.keep("key")
    slots.keep("key")
    slots.keep("")
    assert writes.did == [("save", slot)]


def test_a_conversation_is_known_by_its_beginning() -> None:
    """A talk has none before the first answer."""
    first, later = Begun.by(said("Hi")), Begun.by(said("Hi", "Yes?", "Well"))
    assert (first.system, first.opening) == (later.system, later.opening)
    assert first.talk == ""
    assert later.talk == Begun.by(said("Hi", "Yes?", "Well", "So.", "Ah")).talk
    assert Begun.by(said("Ho")).opening != first.opening
