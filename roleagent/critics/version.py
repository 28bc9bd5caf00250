"""Which rules made a verdict: a hash of everything in this package that decides one."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache
from importlib import resources

from roleagent.types import Verdict

_PACKAGE = "roleagent.critics"


@cache
def rules_version() -> str:
    """Eight hexadecimal digits of a sha256 over the package's modules and tables, sorted by name.

    A verdict also depends on the persona, and on code of other packages that reads sentences, for which the
    version of roleagent stands.
    """
    root = resources.files(_PACKAGE)
    parts = [each for each in root.iterdir() if each.name.endswith(".py")]
    parts += [each for each in root.joinpath("tables").iterdir() if each.name.endswith(".toml")]
    made = hashlib.sha256()
    for part in sorted(parts, key=lambda each: each.name):
        content = part.read_bytes()
        made.update(f"{part.name} {len(content)}\n".encode())
        made.update(content)
    return made.hexdigest()[:8]


def version_of(part: object) -> str:
    """The version of a critic or guard, such as ``role 3f2a91c0``.

    It is the attribute `version` if there is one; for the critics of this package, their name and
    `rules_version`; and otherwise empty.
    """
    stated = getattr(part, "version", None)
    if isinstance(stated, str):
        return stated
    is_ours = type(part).__module__.startswith(f"{_PACKAGE}.")
    return f"{getattr(part, 'name', '')} {rules_version()}" if is_ours else ""


def with_version(verdict: Verdict, part: object) -> Verdict:
    """A verdict that says which version of its critic or guard made it, if that is known."""
    version = verdict.version or version_of(part)
    return verdict if version == verdict.version else replace(verdict, version=version)
