"""Published fakes and conformance suites: what roleagent's own tests use, for yours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roleagent._lazy import loader

if TYPE_CHECKING:
    from roleagent.testing.conformance import (
        check_memory as check_memory,
        check_updater as check_updater,
    )
    from roleagent.testing.critics import (
        RejectWords as RejectWords,
        check_critic as check_critic,
    )
    from roleagent.testing.embedders import HashEmbedder as HashEmbedder
    from roleagent.testing.fakes import (
        FirstFacts as FirstFacts,
        FixedUpdater as FixedUpdater,
        ScriptedModel as ScriptedModel,
    )
    from roleagent.testing.harm import WordHarm as WordHarm
    from roleagent.testing.perceptors import FakePerceptor as FakePerceptor
    from roleagent.testing.rerankers import OverlapReranker as OverlapReranker
    from roleagent.testing.weighing import WeighingModel as WeighingModel

_HOME_OF = {
    "FakePerceptor": "roleagent.testing.perceptors",
    "FirstFacts": "roleagent.testing.fakes",
    "FixedUpdater": "roleagent.testing.fakes",
    "HashEmbedder": "roleagent.testing.embedders",
    "OverlapReranker": "roleagent.testing.rerankers",
    "RejectWords": "roleagent.testing.critics",
    "ScriptedModel": "roleagent.testing.fakes",
    "WeighingModel": "roleagent.testing.weighing",
    "WordHarm": "roleagent.testing.harm",
    "check_critic": "roleagent.testing.critics",
    "check_memory": "roleagent.testing.conformance",
    "check_updater": "roleagent.testing.conformance",
}

__all__ = sorted(_HOME_OF)
__getattr__ = loader(__name__, _HOME_OF)
