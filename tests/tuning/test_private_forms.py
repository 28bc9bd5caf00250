"""Check digits, by examples of the standards, and by breaking each digit."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from roleagent.tuning.private_forms import iban_holds, luhn_holds, resident_id_holds


@pytest.mark.parametrize(
    ("holds", "number"),
    [
        (luhn_holds, "4539578763621486"),
        (resident_id_holds, "11010519491231002X"),
        (iban_holds, "DE89370400440532013000"),
    ],
)
def test_one_wrong_digit_is_found(holds: Callable[[str], bool], number: str):
    """Each of these check digits finds every single wrong digit, wherever it stands."""
    assert holds(number)
    for at in range(4, len(number) - 1):
        wrong = str((int(number[at]) + 1) % 10)
        assert not holds(number[:at] + wrong + number[at + 1 :])


def test_an_impossible_date_of_birth_is_no_resident_id():
    """Seventeen digits and a right check digit are not enough."""
    body = "11010519491331002"
    assert not any(resident_id_holds(body + check) for check in "0123456789X")


def test_the_same_digit_all_along_is_no_card():
    """Zeros pass Luhn's sum."""
    assert not luhn_holds("0" * 16)
