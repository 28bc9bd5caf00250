"""Personal data taken out of text, in English and Chinese.

What is found is replaced by a plain word such as ``PHONE-1`` or ``电话1``, so that the sentence can still be
read; the same value gets the same word wherever one `Eraser` sees it.

Found by form, and by check digits where there are any:

- e-mail addresses, also written with full-width characters or ``(at)``
- phone numbers: international, Chinese, North American and British ones, and shorter ones after a word such
  as "phone" or 电话
- web addresses with a user's name or a token in them; others stay
- IP addresses, version 4 and 6
- bank cards (Luhn, ISO/IEC 7812), IBANs (ISO 13616), Chinese resident ids (GB 11643), US social security
  numbers, British national insurance numbers, and passports and licences after their name
- accounts: @NAME, and QQ and WeChat numbers after those words
- street addresses with a house number, British postcodes
- the names that the caller gives, such as those that a store knows of a user

Not found: names that nobody gave, employers, schools, towns and other places by name, dates of birth, car
plates, numbers written out in words, descriptions by which somebody can be told ("the only dentist in …"),
faces and voices, and anything in other languages. So a person must read what comes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import regex

from roleagent.language.scripts import HAN, has_han
from roleagent.tuning.private_forms import FORMS, SEPARATORS, Form, Kind, compiled

_WORDS: dict[Kind, tuple[str, str]] = {
    "name": ("NAME-{}", "姓名{}"),
    "email": ("EMAIL-{}", "邮箱{}"),
    "phone": ("PHONE-{}", "电话{}"),
    "link": ("LINK-{}", "链接{}"),
    "ip": ("IP-{}", "网络地址{}"),
    "card": ("CARD-{}", "卡号{}"),
    "id": ("ID-{}", "证件号{}"),
    "account": ("ACCOUNT-{}", "账号{}"),
    "address": ("ADDRESS-{}", "地址{}"),
}
"""What stands in place of a value: in English, in Chinese."""

_PLAIN = str.maketrans(
    {chr(wide): chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F)}
    | dict.fromkeys("\u3000\u00a0\u2007\u202f", " ")
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-")
)  # full-width forms, blanks and hyphens, which keep the length
_UNSEEN = regex.compile(r"[\u00ad\u200b\u200c\u200e\u200f\u2060\ufeff]|(?<=\w)\u200d(?=\w)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One piece of personal data in a text.

    Attributes:
        start: its first character.
        end: behind its last one.
        value: by which the same one is known again.
    """

    kind: Kind
    start: int
    end: int
    value: str


class Eraser:
    """Takes personal data out of the texts of one dialogue.

    Args:
        names: of the user and of people they told of; whole words, in any case unless they are words too. A
            name that is a part of another one means the same person.
        kept: texts that are no personal data, such as the persona's own: what stands there word for word
            stays where it is found. Names are always taken out.

    >>> eraser = Eraser(names=["Ann Lee", "Ann"])
    >>> eraser.clean("I am Ann Lee, ann.lee@example.org. Call me on +44 20 7946 0018.")
    'I am NAME-1, EMAIL-1. Call me on PHONE-1.'
    >>> eraser.clean("Thank you, Ann. I shall write to ann.lee@example.org.")
    'Thank you, NAME-1. I shall write to EMAIL-1.'
    >>> Eraser().clean("我住在北京市海淀区中关村大街27号，手机13800138000。")
    '我住在地址1，手机电话1。'
    """

    def __init__(self, *, names: Iterable[str] = (), kept: str = "") -> None:
        known = _in_order(names)
        self._names = _names_form(known)
        self._whole = {
            _value_of("name", part): next(name for name in known if part in (name, *name.split()))
            for part in known
        }
        self._kept = kept.translate(_PLAIN).casefold()
        self._numbers: dict[Kind, dict[str, int]] = {}

    def clean(self, text: str) -> str:
        """The text with a plain word for each piece of personal data, and no characters of zero width."""
        text = _UNSEEN.sub("", text)
        parts, last, is_chinese = list[str](), 0, _is_chinese(text)
        for found in self.find(text):
            parts += [text[last : found.start], self._word(found, is_chinese=is_chinese)]
            last = found.end
        return "".join([*parts, text[last:]])

    def find(self, text: str) -> list[Found]:
        """All pieces of personal data in a text, in order; none overlap."""
        taken, kept = bytearray(len(text)), list[Found]()
        for found in self._candidates(text.translate(_PLAIN)):
            if not any(taken[found.start : found.end]):
                taken[found.start : found.end] = b"x" * (found.end - found.start)
                kept.append(found)
        return sorted(kept, key=lambda each: each.start)

    def _candidates(self, plain: str) -> Iterator[Found]:
        for form in (*FORMS, *self._names):
            for match in form.pattern.finditer(plain):
                group = "value" if "value" in form.pattern.groupindex else 0
                written = match[group]
                is_kept = form.kind != "name" and written.casefold() in self._kept
                if form.holds(written) and not is_kept:
                    value = _value_of(form.kind, written)
                    yield Found(kind=form.kind, start=match.start(group), end=match.end(group), value=value)

    def _word(self, found: Found, *, is_chinese: bool) -> str:
        numbers = self._numbers.setdefault(found.kind, {})
        value = self._whole.get(found.value, found.value) if found.kind == "name" else found.value
        number = numbers.setdefault(value, len(numbers) + 1)
        english, chinese = _WORDS[found.kind]
        return (chinese if is_chinese else english).format(number)


_HAN = regex.compile(f"[{HAN}]")
_LETTER = regex.compile(r"[^\W\d_]")
_PHONE_DIGITS = 10  # the last ones, so that a number is known again with and without its country's code


def _value_of(kind: Kind, written: str) -> str:
    plain = SEPARATORS.sub("", written).casefold()
    return plain[-_PHONE_DIGITS:] if kind == "phone" else plain


def _is_chinese(text: str) -> bool:
    """Whether at least a quarter of the letters are Chinese."""
    return 4 * len(_HAN.findall(text)) > len(_LETTER.findall(text))


_WORDS_TOO = regex.compile(
    "amber|angel|april|art|august|autumn|basil|bill|brook|carol|chase|christian|cliff|crystal|daisy"
    "|dale|dawn|dean|don|drew|duke|earl|faith|forest|frank|gene|ginger|glen|grace|grant|guy|harmony"
    "|heath|hope|hunter|iris|ivy|jack|jade|jasmine|jay|joy|june|king|lily|mark|mason|max|may|melody"
    "|miles|mike|nick|olive|page|pat|pearl|peg|penny|prince|ray|reed|rich|river|rob|robin|rose|rosemary"
    "|ruby|sage|sandy|skip|sky|star|sue|summer|victor|violet|wade|ward|will|winter|woody"
)
"""Names that in small letters are words: there they are no names."""


def _in_order(names: Iterable[str]) -> list[str]:
    """Names without blanks, the longest first."""
    known = {" ".join(each.translate(_PLAIN).split()) for each in names} - {""}
    return sorted(known, key=lambda name: (-len(name), name))


def _names_form(known: Sequence[str]) -> tuple[Form, ...]:
    if not known:
        return ()
    return (Form(kind="name", pattern=compiled("|".join(map(_name_pattern, known)), cased=True)),)


def _name_pattern(name: str) -> str:
    words = r"\s+".join(map(regex.escape, name.split()))
    if has_han(name):
        return words
    anyhow = f"(?i:{words})"
    if _WORDS_TOO.fullmatch(name.casefold()):
        anyhow = rf"(?!{regex.escape(name.casefold())}\b){anyhow}"
    return rf"(?<!\w){anyhow}(?!\w)"
