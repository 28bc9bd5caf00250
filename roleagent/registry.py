"""From a name to an object, such as `llama-cpp:qwen2.5-0.5b` to a chat model.

A name is ``SCHEME`` or ``SCHEME:ARGUMENT``, or that of weights of the catalogue. Built-in schemes are in
the tables below; other packages add theirs through entry points of the group ``roleagent.<kind>s``
(``roleagent.models`` and so on). ``hf:…``, a file of the Hugging Face hub, is a model of ``llama-cpp``. A
scheme stands for a callable that makes the object. It is called with the argument, a string, if the name has
one, and otherwise with nothing. Each object is made once and shared. A file format, of the kind ``format``,
is named as it is and takes no argument.
"""

from __future__ import annotations

import importlib
import os
import threading
from importlib.metadata import entry_points
from importlib.util import find_spec
from inspect import signature
from typing import Any

from roleagent.errors import ConfigurationError, MissingExtraError
from roleagent.settings import without_telemetry

# kind -> scheme -> "module:callable"
BUILT_IN: dict[str, dict[str, str]] = {
    "model": {
        "llama-cpp": "roleagent.models.llama_cpp:load_llama_cpp",
        "transformers": "roleagent.models.transformers:load_transformers",
        "openai": "roleagent.models.openai:load_openai",
        "auto": "roleagent.models.auto:load_best_model",
    },
    "embedder": {
        "use-m3": "roleagent.embedding.embedders:UseM3Embedder",
        "bge-small-en": "roleagent.embedding.embedders:load_bge_small_en",
        "sentence-transformers": "roleagent.embedding.embedders:load_sentence_transformer",
        "auto": "roleagent.embedding.embedders:load_best_embedder",
    },
    "reranker": {
        "reranker-l12": "roleagent.embedding.rerankers:load_reranker_l12",
        "sentence-transformers": "roleagent.embedding.rerankers:load_cross_encoder",
    },
    "perceptor": {
        "whisper": "roleagent.perception.transcriber:load_transcriber",
        "tagger": "roleagent.perception.tagger:load_tagger",
        "ocr": "roleagent.perception.ocr:load_ocr",
        "nsfw": "roleagent.perception.nsfw:load_nsfw_screen",
        "captioner": "roleagent.perception.captioner:load_captioner",
    },
    "critic": {
        "safety": "roleagent.critics.safety:load_safety_critic",
        "role": "roleagent.critics.role:RoleCritic",
        "leak": "roleagent.critics.leak:LeakCritic",
        "horizon": "roleagent.critics.horizon:HorizonCritic",
        "premise": "roleagent.critics.premises:PremiseCritic",
        "recollection": "roleagent.critics.recollection:RecollectionCritic",
        "repetition": "roleagent.critics.repetition:RepetitionCritic",
        "style": "roleagent.critics.style:StyleCritic",
        "voice": "roleagent.critics.voice:VoiceCritic",
        "relevance": "roleagent.critics.off_topic:RelevanceCritic",
        "consistency": "roleagent.critics.consistency:ConsistencyCritic",
        "claims": "roleagent.critics.llm_claims:load_llm_claims",
        "contradiction": "roleagent.critics.self_contradiction:load_contradiction_critic",
    },
    "guard": {
        "safety": "roleagent.critics.safety:load_safety_guard",
        "injection": "roleagent.critics.injection:load_injection_guard",
    },
    "relevance": {
        "head": "roleagent.critics.relevance:load_relevance_head",
    },
    "harm_scorer": {
        "head": "roleagent.critics.harm_head:load_harm_scorer",
        "hub": "roleagent.critics.hub_guard:load_hub_guard",
        "openai": "roleagent.critics.served_guard:load_served_guard",
    },
    "updater": {
        "patterns": "roleagent.learning.updater:PatternUpdater",
        "llm": "roleagent.learning.llm:load_llm_updater",
    },
    "summariser": {
        "extract": "roleagent.memory.summaries.extract:load_extractive_summariser",
        "llm": "roleagent.memory.summaries.chat_model:load_chat_model_summariser",
    },
    # Each agent gets its own ranker, with its embedder and, if it has one, its embedding cache.
    "ranker": {
        "gnn": "roleagent.gnn.ranker:GnnFactRanker",
        "pagerank": "roleagent.gnn.likeness:PageRankFactRanker",
        "cosine": "roleagent.gnn.likeness:CosineFactRanker",
    },
    "tool": {
        "look_up_fact": "roleagent.tools.builtin:look_up_fact",
        "recall_episode": "roleagent.tools.builtin:recall_episode",
        "recall_media": "roleagent.tools.builtin:recall_media",
        "query_graph": "roleagent.tools.builtin:query_graph",
    },
    # In the order in which they are tried on a file; see `roleagent.formats`.
    "format": {
        "yaml": "roleagent.formats.own.yaml_file:YAML",
        "json-ld": "roleagent.formats.own.json_ld:JSON_LD",
        "node-link": "roleagent.formats.own.node_link:NODE_LINK",
        "gexf": "roleagent.formats.own.gexf:GEXF",
        "turtle": "roleagent.formats.own.turtle:TURTLE",
        "graphml": "roleagent.formats.own.graphml:GRAPHML",
        "csv": "roleagent.formats.own.csv_triples:CSV",
        "mermaid": "roleagent.formats.own.pictures:MERMAID",
        "dot": "roleagent.formats.own.pictures:DOT",
        "faraday-png": "roleagent.formats.others.faraday:FARADAY",
        "card-v3-png": "roleagent.formats.cards.png:CARD_V3_PNG",
        "card-v2-png": "roleagent.formats.cards.png:CARD_V2_PNG",
        "card-v1-png": "roleagent.formats.cards.png:CARD_V1_PNG",
        "charx": "roleagent.formats.cards.json_file:CHARX",
        "card-v3": "roleagent.formats.cards.json_file:CARD_V3",
        "card-v2": "roleagent.formats.cards.json_file:CARD_V2",
        "card-v1": "roleagent.formats.cards.json_file:CARD_V1",
        "byaf": "roleagent.formats.others.backyard:BACKYARD",
        "voxta": "roleagent.formats.others.voxta:VOXTA",
        "tinytroupe": "roleagent.formats.others.tinytroupe:PERSON",
        "tinytroupe-fragment": "roleagent.formats.others.tinytroupe:FRAGMENT",
        "letta": "roleagent.formats.others.letta:LETTA",
        "eliza": "roleagent.formats.others.eliza:CURRENT",
        "eliza-old": "roleagent.formats.others.eliza:OLD",
        "pygmalion": "roleagent.formats.others.oobabooga:PYGMALION",
        "oobabooga": "roleagent.formats.others.oobabooga:OOBABOOGA",
        "lorebook-v3": "roleagent.formats.lorebooks.card_book:LOREBOOK_V3",
        "risu-lorebook": "roleagent.formats.lorebooks.risu:RISU",
        "novelai-lorebook": "roleagent.formats.lorebooks.novelai:NOVELAI",
        "agnai-lorebook": "roleagent.formats.lorebooks.agnai:AGNAI",
        "sillytavern-lorebook": "roleagent.formats.lorebooks.sillytavern:SILLYTAVERN",
        "card-v3-lorebook": "roleagent.formats.lorebooks.card_book:CARD_V3_BOOK",
        "card-v2-lorebook": "roleagent.formats.lorebooks.card_book:CARD_V2_BOOK",
        "rdf": "roleagent.formats.others.rdf:RDF_TRIPLES",
    },
}

# kind -> role in the catalogue of weights -> the scheme that loads such weights by name
LOADED_BY: dict[str, dict[str, str]] = {
    "model": {"llm": "llama-cpp"},
    "perceptor": {"asr": "whisper"},
    "embedder": {"embedder": "sentence-transformers"},
}

_MAX_NAMED = 12  # names in the message about one that is not known
# Kinds whose group of entry points is not the kind and an s.
_PLURALS = {"memory": "memories"}

_shared: dict[tuple[str, str], Any] = {}
_locks: dict[tuple[str, str], threading.Lock] = {}
_registry_lock = threading.Lock()
_of_the_parent: list[dict[tuple[str, str], Any]] = []


def _start_again() -> None:
    """In a forked process, load everything again: the threads of loaded objects stayed in the parent."""
    global _registry_lock
    _of_the_parent.append(dict(_shared))  # never freed here: that could wait for such a thread
    _shared.clear()
    _locks.clear()
    _registry_lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_again)


def names(kind: str) -> list[str]:
    """All schemes of a kind, built in and installed, sorted."""
    return sorted({*BUILT_IN.get(kind, {}), *(entry.name for entry in _installed(kind))})


def split(kind: str, name: str) -> tuple[str, str]:
    """Scheme and argument of a name; weights may be called as ``roleagent models list`` prints them.

    >>> split("model", "openai:gpt-x@http://localhost/v1"), split("model", "qwen2.5-0.5b")
    (('openai', 'gpt-x@http://localhost/v1'), ('llama-cpp', 'qwen2.5-0.5b'))
    """
    scheme, _, argument = name.partition(":")
    if scheme in BUILT_IN.get(kind, {}) or kind not in LOADED_BY:
        return scheme, argument
    if kind == "model" and scheme == "hf":
        return "llama-cpp", name
    from roleagent import weights

    entry = weights.entries().get(name)
    loader = LOADED_BY[kind].get(entry.role) if entry is not None else None
    return (scheme, argument) if loader is None else (loader, name)


def find(kind: str, scheme: str) -> Any:  # Any: a callable, or a file format
    """What a scheme stands for: a callable, or for the kind ``format`` the `roleagent.formats.Format`.

    Raises:
        ConfigurationError: nothing of this kind has that name.
    """
    target = BUILT_IN.get(kind, {}).get(scheme)
    if target is not None:
        module, _, attribute = target.partition(":")
        return getattr(importlib.import_module(module), attribute)
    for entry in _installed(kind):
        if entry.name == scheme:
            return entry.load()
    raise _unknown(kind, scheme)


def check(kind: str, name: str) -> None:
    """Look a name up without loading what it stands for.

    Raises:
        ConfigurationError: nothing of this kind has that name.
    """
    scheme, _ = split(kind, name)
    if scheme not in BUILT_IN.get(kind, {}) and scheme not in names(kind):
        raise _unknown(kind, scheme)


def _unknown(kind: str, scheme: str) -> ConfigurationError:
    from roleagent import weights
    from roleagent.language.nearest import nearest

    loaders = LOADED_BY.get(kind, {})
    of_weights = (entry.name for entry in weights.entries().values() if entry.role in loaders)
    known = list(dict.fromkeys((*names(kind), *of_weights)))
    near = nearest(scheme, known)
    if near:
        return ConfigurationError(f"No {kind} is called {scheme!r}. Did you mean {near!r}?")
    more = f" and {len(known) - _MAX_NAMED} more" if len(known) > _MAX_NAMED else ""
    told = ", ".join(known[:_MAX_NAMED]) or "none"
    return ConfigurationError(f"No {kind} is called {scheme!r}. Known: {told}{more}.")


def get(kind: str, name: str) -> Any:  # Any: what is made depends on the kind
    """Make the object a name stands for, once, and share it from then on."""
    key = (kind, name)
    with _registry_lock:
        lock = _locks.setdefault(key, threading.Lock())
    with lock:
        if key not in _shared:
            scheme, argument = split(kind, name)
            without_telemetry()
            _shared[key] = _made(kind, scheme, argument)
        return _shared[key]


def _made(kind: str, scheme: str, argument: str) -> Any:  # Any: see `get`
    """What a scheme's callable makes of the argument, if there is one."""
    make, given = find(kind, scheme), (argument,) if argument else ()
    try:
        signature(make).bind(*given)
    except TypeError:
        takes = f"takes nothing after the name, but got {argument!r}" if argument else "needs an argument"
        way_out = f"{scheme!r}" if argument else f"'{scheme}:ARGUMENT'"
        raise ConfigurationError(f"The {kind} {scheme!r} {takes}. Write {way_out}.") from None
    except ValueError:  # a built-in callable without a signature
        pass
    return make(*given)


def is_installed(module: str) -> bool:
    """Whether a library is installed, without loading it."""
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):  # a stand-in that cannot be loaded
        return False


def import_extra(module: str, *, extra: str, what: str) -> Any:  # Any: a library without types
    """A library that belongs to an extra, loaded.

    Args:
        module: its name.
        extra: the extra that installs it.
        what: what it is for, as the subject of "needs".

    Raises:
        MissingExtraError: it is not installed, or cannot be loaded.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError(
            f"{what} needs {module!r} ({error}). Install it: pip install 'roleagent[{extra}]'"
        ) from error


def _installed(kind: str) -> list[Any]:
    return list(entry_points(group=f"roleagent.{_PLURALS.get(kind, kind + 's')}"))
