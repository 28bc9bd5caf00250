"""Passwords and keys are left where they were."""

from __future__ import annotations

import pytest

from roleagent.formats.format import Report
from roleagent.formats.values import names_credential, without_credentials


@pytest.mark.parametrize(
    "name",
    [
        "secrets", "OPENAI_API_KEY", "apiKey", "TWITTER_PASSWORD", "botToken", "DISCORD_API_TOKEN",
        "private_key",
        "Authorization", "tool_exec_environment_variables", "env", "WALLET_MNEMONIC", "TWITTER_2FA_SECRET",
    ],
)  # fmt: skip
def test_names_of_secrets(name: str) -> None:
    """These are the names that programs in use give to passwords and keys."""
    assert names_credential(name)


@pytest.mark.parametrize(
    "name", ["key", "keys", "keywords", "max_tokens", "token_budget", "secretary", "environment", "", "密码?"]
)
def test_names_of_other_things(name: str) -> None:
    """A lorebook's keys are no keys to anything."""
    assert not names_credential(name)


def test_they_are_taken_out_and_only_named() -> None:
    """The report goes to logs: it may say which field, never what was in it."""
    report = Report()
    value = {"name": "A", "servers": [{"env": {"A": "hush"}}], "secrets": {"K": "hush"}, "apiKey": "hush"}
    assert without_credentials(value, report) == {"name": "A", "servers": [{}]}
    assert report.lost_fields == ("servers[0].env", "secrets", "apiKey")
    assert "hush" not in "".join(report.lines())


def test_what_holds_nothing_stays() -> None:
    """An empty field is no secret, and the file should come back as it was."""
    report = Report()
    value = {"secrets": {}, "apiKey": None, "password": "", "token": False}
    assert without_credentials(value, report) == value
    assert report.is_lossless
