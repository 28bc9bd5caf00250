"""Tests of the lock on a home."""

from pathlib import Path

import pytest

from roleagent.errors import StoreError
from roleagent.store.database import HomeLock


def test_a_home_has_one_holder_at_a_time(tmp_path: Path) -> None:
    """Two writers would corrupt what is kept there."""
    lock = HomeLock(tmp_path / "home")
    with pytest.raises(StoreError, match=r"in use by another process .*ROLEAGENT_RECORD.*ROLEAGENT_INDEX"):
        HomeLock(tmp_path / "home")
    lock.close()
    lock.close()
    HomeLock(tmp_path / "home").close()


def test_a_home_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    """A file where the folder should be."""
    (tmp_path / "home").write_text("")
    with pytest.raises(StoreError, match="Choose another home"):
        HomeLock(tmp_path / "home")
