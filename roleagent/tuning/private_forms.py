"""How personal data is written: patterns, and the check digits that tell it from what only looks like it."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

import regex

from roleagent.language.scripts import HAN

Kind = Literal["name", "email", "phone", "link", "ip", "card", "id", "account", "address"]
SEPARATORS = regex.compile(r"[\s.\-()/·]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a kind of personal data is written, and what tells it from things that only look like it."""

    kind: Kind
    pattern: regex.Pattern[str]
    holds: Callable[[str], bool] = lambda _: True


# ── check digits ─────────────────────────────────────────────────────────────────────────────────


def luhn_holds(number: str) -> bool:
    """Whether the last digit of a card's number is its check digit (ISO/IEC 7812-1).

    >>> luhn_holds("4111 1111 1111 1111"), luhn_holds("4111 1111 1111 1112")
    (True, False)
    """
    digits = [int(each) for each in number if each.isdigit()]
    doubled = [each * 2 - 9 * (each > 4) for each in digits[-2::-2]]
    return 13 <= len(digits) <= 19 and len(set(digits)) > 1 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def iban_holds(number: str) -> bool:
    """Whether an IBAN's check digits are right (ISO 13616, ISO/IEC 7064 MOD 97-10).

    >>> iban_holds("GB82 WEST 1234 5698 7654 32"), iban_holds("GB82 WEST 1234 5698 7654 33")
    (True, False)
    """
    plain = SEPARATORS.sub("", number).upper()
    return (
        15 <= len(plain) <= 34
        and int("".join(str(int(each, 36)) for each in plain[4:] + plain[:4])) % 97 == 1
    )


_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def resident_id_holds(number: str) -> bool:
    """Whether a Chinese resident id has a date of birth and the right check digit (GB 11643).

    >>> resident_id_holds("11010519491231002X"), resident_id_holds("110105194912310021")
    (True, False)
    """
    digits = [int(each) for each in number[:17]]
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(weight * digit for weight, digit in zip(_WEIGHTS, digits, strict=True))
    return number[17].upper() == _CHECKS[total % 11]


def _is_ip(written: str) -> bool:
    try:
        address = ipaddress.ip_address(written)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)


def _is_phone(written: str) -> bool:
    """Whether a run of digits is as long as a phone number, and no date."""
    digits = sum(each.isdigit() for each in written)
    return 7 <= digits <= 15 and not _DATE.fullmatch(written.strip())


# ── forms ────────────────────────────────────────────────────────────────────────────────────────

_DATE = regex.compile(r"\d{4}[-./ ]\d{1,2}[-./ ]\d{1,2}|\d{1,2}[-./ ]\d{1,2}[-./ ]\d{2,4}|\d{4}\s*-\s*\d{4}")
_STREET = (
    r"(?:Street|St\b\.?|Road|Rd\b\.?|Avenue|Ave\b\.?|Lane|Drive|Court|Square|Terrace|Boulevard|Blvd\b\.?|Close"
    r"|Crescent|Gardens|Mews|Highway|Parkway|Place)"
)
_POSTCODE = r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}"
_PLACE = rf"(?:(?![在是于到住叫去来我你您他她])[{HAN}])"  # no word that leads up to a place
_NUMERAL = r"[\d一二三四五六七八九十百零〇]"
_AT = r"(?:@|\s?[(\[{]\s?at\s?[)\]}]\s?)"
_DOT = r"(?:\.|\s?[(\[{]\s?dot\s?[)\]}]\s?)"
_LONG_CODE = r"(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{20,}"
_USER_PATH = (
    r"/(?:users?|u|profile|people|in|member|account|home|~)/[\w.%-]+|/[@~][\w.-]+"
    r"|(?<=(?:github|gitlab|facebook|instagram|twitter|x|t|weibo|zhihu|tiktok|linkedin)\.(?:com|me|cn))/[\w.-]+"
)
_TELLING = (
    r"[?&#;](?:[\w-]*(?:token|key|sig|signature|session|sid|auth|code|pass|password|pwd|secret|user|username|uid"
    r"|email|login|invite))="
)
_ASCII_EDGE = r"(?<![A-Za-z0-9])"


def compiled(pattern: str, *, cased: bool = False) -> regex.Pattern[str]:
    """A form's pattern; `cased` if capitals count."""
    return regex.compile(pattern) if cased else regex.compile(pattern, regex.IGNORECASE)


FORMS: tuple[Form, ...] = (
    Form(
        kind="link",
        pattern=compiled(
            r"\bhttps?://(?:[^\s/@]{1,200}@[^\s，。；、）)]+"
            rf"|[^\s，。；、）)]{{0,400}}?(?:{_USER_PATH}|{_TELLING}|/{_LONG_CODE})[^\s，。；、）)]*)(?<![.,;:!?'\"])"
        ),
    ),
    Form(
        kind="email",
        pattern=compiled(
            rf"{_ASCII_EDGE}[A-Za-z0-9][A-Za-z0-9._+%-]{{0,63}}{_AT}[A-Za-z0-9][A-Za-z0-9-]{{0,63}}(?:{_DOT}[A-Za-z0-9-]+)+"
        ),
    ),
    Form(
        kind="id",
        pattern=compiled(r"(?<![\dA-Za-z])[1-9]\d{16}[\dX](?![\dA-Za-z])"),
        holds=resident_id_holds,
    ),
    Form(
        kind="card",
        pattern=compiled(
            r"(?<![\d.,-])(?:\d(?:[ -]?\d){12,18}|\d{4}(?:\.\d{4,6}){2,3}(?:\.\d{1,3})?)(?![\d-])"
        ),
        holds=luhn_holds,
    ),
    Form(
        kind="card",
        pattern=compiled(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?![A-Z0-9])", cased=True),
        holds=iban_holds,
    ),
    Form(
        kind="id",
        pattern=compiled(r"(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])"),
    ),
    Form(
        kind="id",
        pattern=compiled(r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b", cased=True),
    ),
    Form(
        kind="id",
        pattern=compiled(
            r"(?:passport|driver'?s? licen[cs]e|driving licen[cs]e|identity card|social security"
            r"|护照|身份证|驾驶?证|社保卡?|港澳通行证)"
            r"(?:\s*(?:number|no\.?|号码?|编号))?\s*(?:is|are|:|是|为)?\s*#?\s*"
            r"(?P<value>(?=[A-Z]*\d)[A-Z0-9]{6,18})(?![A-Z0-9])"
        ),
    ),
    Form(
        kind="ip",
        pattern=compiled(r"(?<![\w.:])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)"),
        holds=_is_ip,
    ),
    Form(
        kind="ip",
        pattern=compiled(
            r"(?<![\w:.])(?=[0-9a-f:.]*[0-9a-f]{2})(?:[0-9a-f]{0,4}:){2,7}[0-9a-f.]{0,15}(?![\w:])"
        ),
        holds=_is_ip,
    ),
    Form(
        kind="account",
        pattern=compiled(
            r"(?:微信号?|wechat(?: id)?|QQ号?|skype|telegram)\s*(?:is|:|是|为|号)?\s*"
            r"(?P<value>[A-Za-z][\w-]{5,19}|\d{5,12})(?![\w-])"
        ),
    ),
    Form(kind="account", pattern=compiled(r"(?<![\w@./])@[A-Za-z0-9_](?:[\w.]{1,28}[A-Za-z0-9_])(?![\w@])")),
    Form(
        kind="phone",
        pattern=compiled(
            r"(?<![\w+])(?:\+|00)[1-9]\d{0,2}[ .-]?(?:\(0?\d{1,4}\)[ .-]?)?\d(?:[ .-]?\d){5,12}(?![\d-])"
        ),
        holds=_is_phone,
    ),
    Form(kind="phone", pattern=compiled(r"(?<![\d-])(?:86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![\d-])")),
    Form(
        kind="phone", pattern=compiled(r"(?<![\d-])\(?0\d{2,3}\)?[ -]?[2-8]\d{6,7}(?:[ -]\d{1,5})?(?![\d-])")
    ),
    Form(
        kind="phone",
        pattern=compiled(
            r"(?<![\d-])(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])[2-9]\d{2}[ .-]\d{4}(?![\d-])"
        ),
    ),
    Form(
        kind="phone",
        pattern=compiled(r"(?<![\d-])\(?0(?:[12]\d{1,4}|3\d{2}|7\d{3})\)? ?\d{3,4} ?\d{3,4}(?![\d-])"),
        holds=lambda written: 10 <= sum(map(str.isdigit, written)) <= 11,
    ),
    Form(
        kind="phone",
        pattern=compiled(
            r"(?:\b(?:phone|mobile|cell|telephone|tel|fax|whatsapp|call me|ring me|text me|reach me)\b"
            r"|电话|手机|座机|传真)[^\d\n+]{0,16}(?P<value>\d(?:[ .-]?\d){6,14})(?!\d)"
        ),
        holds=_is_phone,
    ),
    Form(
        kind="address",
        pattern=compiled(
            r"(?:\b(?i:flat|apt\.?|apartment|unit|suite) [\w-]{1,5},? )?"
            r"(?<!\b[Ii]n )(?<!\b[Ss]ince )(?<!\b[Bb]y )"  # a year: "In 1895 Baker Street was …"
            rf"\b\d{{1,5}}[A-Za-z]?,? (?:[A-Z][\w'’.-]*\.? ){{1,4}}{_STREET}(?![\w])"
            rf"(?:,? (?i:apt\.?|apartment|unit|suite|flat) [\w-]{{1,5}}| *#\w{{1,5}})?"
            rf"(?:,? (?:[A-Z][\w'’-]+ ?){{1,3}}(?:,? {_POSTCODE}|,? [A-Z]{{2}} \d{{5}}(?:-\d{{4}})?))?",
            cased=True,
        ),
    ),
    Form(kind="address", pattern=compiled(rf"\b{_POSTCODE}\b", cased=True)),
    Form(
        kind="address",
        pattern=compiled(
            rf"(?:{_PLACE}{{2,7}}?(?:省|自治区))?(?:{_PLACE}{{2,6}}?市)?(?:{_PLACE}{{1,6}}?[区县旗镇乡])?"
            rf"{_PLACE}{{1,8}}?(?:路|街|大道|道|巷|弄|胡同|里|村|小区|花园|公寓|苑)"
            rf"(?:(?![有是在了的过说])[{HAN}]){{0,6}}?(?:{_NUMERAL}{{1,5}}(?:号楼|号院|号|栋|幢|座|单元|弄|室|层|楼))+"
            rf"(?:[{HAN}]{{0,4}}?{_NUMERAL}{{1,5}}(?:号楼|栋|幢|座|单元|室|层|楼|号))*"
        ),
    ),
)
"""The forms of personal data; where two overlap, the earlier one counts."""
