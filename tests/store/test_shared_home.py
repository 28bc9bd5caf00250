"""Tests of a home whose record and index both lie on servers: any number of processes may use it."""

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from roleagent.memory.on_disk import OnDiskMemory
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import Episode, GraphUpdate, Owner, Thread

ADA = Owner(persona_id="holmes", user_id="ada")
TALK = Thread(owner=ADA, thread_id="one")
NO_SERVER = "http://127.0.0.1:1"  # asked only where there are many episodes

RECALL = """
import sys
from roleagent.memory.on_disk import OnDiskMemory
from roleagent.testing.embedders import HashEmbedder
from roleagent.types import STRANGER, Owner

ada = Owner(persona_id="holmes", user_id="ada")
memory = OnDiskMemory(sys.argv[1], HashEmbedder(), record=sys.argv[2], index=sys.argv[3])
print(memory.recall("cat", ada, STRANGER, limit=1)[0].text)
memory.close()
"""


@pytest.mark.slow
def test_another_process_recalls_what_this_one_remembers(tmp_path: Path, postgres: Callable[[], str]) -> None:
    """While this one has the home open."""
    record = postgres()
    memory = OnDiskMemory(tmp_path, HashEmbedder(), record=record, index=NO_SERVER)
    said = Episode(
        id="e1", thread=TALK, turn_id="t", speaker="user", text="a cat", at=datetime(2026, 5, 1, tzinfo=UTC)
    )
    memory.remember([said], GraphUpdate(), ADA)
    command = [sys.executable, "-c", RECALL, str(tmp_path), record, NO_SERVER]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    memory.close()
    assert done.stdout == "a cat\n"
