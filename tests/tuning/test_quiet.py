"""What is loaded and trained shows no bars and notices of the libraries, which are as before afterwards."""

from __future__ import annotations

import importlib
import logging
import warnings
from typing import Any

import pytest

from roleagent.tuning.quiet import without_bars, without_notices


def test_no_bars_for_a_while(capfd: pytest.CaptureFixture[str]):
    """Neither the one of checkpoints nor the one of GGUF files."""
    from transformers.utils import logging as theirs

    gguf: Any = importlib.import_module("transformers.modeling_gguf_pytorch_utils")
    shown, bar = theirs.is_progress_bar_enabled(), gguf.tqdm
    with without_bars():
        assert list(theirs.tqdm([1, 2])) == [1, 2]
        assert list(gguf.tqdm([1, 2], desc="Converting")) == [1, 2]
    assert capfd.readouterr().err == ""
    assert theirs.is_progress_bar_enabled() == shown
    assert gguf.tqdm is bar


def test_bars_that_were_off_stay_off():
    """The user's choice, not ours."""
    from transformers.utils import logging as theirs

    shown = theirs.is_progress_bar_enabled()
    theirs.disable_progress_bar()
    try:
        with without_bars():
            pass
        assert not theirs.is_progress_bar_enabled()
    finally:
        if shown:
            theirs.enable_progress_bar()


def test_notices_are_dropped_and_other_warnings_are_not():
    """A name that goes with the next version is ours to mend; all else may matter."""
    from transformers.utils import logging as theirs

    before = theirs.get_verbosity()
    with without_notices():
        assert theirs.get_verbosity() == logging.ERROR
        warnings.warn("goes with v6", FutureWarning, stacklevel=1)
        with pytest.raises(UserWarning, match="matters"):
            warnings.warn("matters", UserWarning, stacklevel=1)
    assert theirs.get_verbosity() == before
    with pytest.raises(FutureWarning):
        warnings.warn("goes with v6", FutureWarning, stacklevel=1)
