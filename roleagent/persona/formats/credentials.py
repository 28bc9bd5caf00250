"""Passwords and keys in other programs' files: taken out as a file is read, so that they never travel on."""

from __future__ import annotations

import re
from typing import Any

from roleagent.persona.formats.report import Report

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_TABLES = frozenset({"secrets", "env", "environment variables", "tool exec environment variables"})
_SECRETS = frozenset(
    {"secret", "password", "passwd", "passphrase", "mnemonic", "authorization", "cookie", "credential",
     "credentials", "token", "bearer"}
)  # fmt: skip
_KEYS = frozenset({"api", "private", "access", "secret", "signing", "encryption", "auth"})
_OURS = "roleagent"


def without_credentials(value: Any, report: Report, where: str = "") -> Any:  # Any: JSON
    """A copy of a JSON value without what is under a name that stands for a secret; each is reported lost.

    Nothing of a secret is ever in the report, not even how long it is.
    """
    if isinstance(value, list):
        items = enumerate(value)
        return [without_credentials(item, report, f"{where}[{index}]") for index, item in items]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, item in value.items():
        path = f"{where}.{key}" if where else str(key)
        if item not in (None, "", [], {}) and not isinstance(item, bool) and names_credential(str(key)):
            report.lost(path, "may be a password or a key: it is not read, and stays in the file it was in")
        else:
            kept[key] = item if key == _OURS else without_credentials(item, report, path)
    return kept


def names_credential(name: str) -> bool:
    """Whether a key's name says that something secret stands under it.

    >>> [names_credential(name) for name in ("OPENAI_API_KEY", "secrets", "max_tokens", "keywords")]
    [True, True, False, False]
    """
    words = [word.casefold() for word in _WORDS.findall(name)]
    if not words:
        return False
    is_key = words[-1] == "key" and len(words) > 1 and words[-2] in _KEYS
    return " ".join(words) in _TABLES or words[-1] in _SECRETS or words[-1] == "apikey" or is_key
