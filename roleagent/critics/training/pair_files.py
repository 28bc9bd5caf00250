"""Reading data sets of contradictions in the form of DECODE, CDConv and KvPI.

None of them is part of this package. DECODE (Nie et al., arXiv:2012.13391) and CDConv (Zheng et al.,
arXiv:2210.08511) are under licences that allow no commercial use: what is trained on them is not shipped.
KvPI (Song et al., arXiv:2011.04375) is under Apache-2.0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from roleagent.critics.contradiction import AGREES, CONTRADICTS, NEUTRAL
from roleagent.critics.training.talks import as_exchange
from roleagent.errors import InputError

MAX_BYTES = 200_000_000

_FIELD = re.compile(r"'(\w+)': *'?([^',}]*)'?")
_KEYS = (("性别", "gender"), ("地点", "loc"), ("星座", "constellation"))
_GENDERS = {"male": "男", "female": "女"}
_OF_DECODE = {"0": CONTRADICTS, "self-contradiction": CONTRADICTS, "1": NEUTRAL}
_OF_CDCONV = {"0": NEUTRAL, "1": CONTRADICTS}
_OF_KVPI = {"0": NEUTRAL, "1": AGREES, "2": CONTRADICTS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of a data set.

    Attributes:
        earlier: what it compares the later line with: one line, or the facts of a profile.
        label: number of a class in `contradiction.CLASSES`.
        about: which of the earlier lines the label is about.
    """

    earlier: tuple[str, ...]
    later: str
    label: int
    about: int = 0


def read_pairs(form: str, path: Path) -> list[Row]:
    """The rows of a file.

    Args:
        form: of `FORMS`.
        path: of the file.

    Raises:
        InputError: it cannot be read, is too large, or a line is of another form.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path} is larger than {MAX_BYTES:,} bytes.")
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from error
    return list(_rows(FORMS[form], lines, path, form))


def _rows(read: Callable[[list[str]], Row], lines: list[str], path: Path, form: str) -> Iterator[Row]:
    for number, line in enumerate(lines, start=1):
        cells = line.split("\t")
        if not line.strip() or (number == 1 and cells[-1].strip() == "label"):
            continue
        try:
            yield read([cell.strip() for cell in cells])
        except (KeyError, ValueError, IndexError) as error:
            raise InputError(f"{path}, line {number}: this is no row of {form}: {line[:80]!r}.") from error


def _decode(cells: list[str]) -> Row:
    earlier, later, label = cells[:3]
    return Row(earlier=(earlier,), later=later, label=_OF_DECODE[label])


def _cdconv(cells: list[str]) -> Row:
    asked, answer, asked_later, later, label = cells
    question = "" if asked_later.strip("~") == "" else asked_later
    return Row(
        earlier=(as_exchange(asked, answer),), later=as_exchange(question, later), label=_OF_CDCONV[label]
    )


def _kvpi(cells: list[str]) -> Row:
    profile, _, later = cells[0].partition(" <SEP> ")
    told = dict(_FIELD.findall(profile))
    if not later or not told:
        raise ValueError("no profile")
    about = int(cells[2]) if len(cells) > 2 and cells[2] in ("0", "1", "2") else 0
    return Row(earlier=profile_facts(told), later=later, label=_OF_KVPI[cells[1]], about=about)


def profile_facts(told: Mapping[str, str]) -> tuple[str, ...]:
    """The facts of a profile of KvPI, in the order in which its third column numbers them."""
    values = {**told, "gender": _GENDERS.get(told.get("gender", ""), "")}
    return tuple(f"{name} {values.get(key, '')}".strip() for name, key in _KEYS)


FORMS: Mapping[str, Callable[[list[str]], Row]] = {"decode": _decode, "cdconv": _cdconv, "kvpi": _kvpi}
"""How a line of each data set is read, its cells split at the tabs."""
