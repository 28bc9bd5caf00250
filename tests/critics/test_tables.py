"""Every pattern of every table compiles; named parts are filled in."""

from __future__ import annotations

import pytest

from roleagent.critics.rules import read_rules
from roleagent.critics.text import any_of, compile_pattern, read_table


@pytest.mark.parametrize("table", ["role", "leak", "injection", "style"])
def test_all_groups_of_rules_compile(table) -> None:
    """A slip in a table should fail here, and not in a conversation."""
    groups = [name for name, group in read_table(table).items() if "reason" in group]
    rules = read_rules(table, *groups, name="Anne", user="Ada")
    assert len(rules) == sum(len(read_table(table)[group]["patterns"]) for group in groups)
    assert all(rule.reason.endswith(".") for rule in rules)
    assert not any(rule.pattern.search("") for rule in rules)


def test_named_parts_are_filled_in_to_the_bottom() -> None:
    """Words may be made of words."""
    words = {"a": "x{{b}}", "b": "[yz]{1,2}"}
    assert compile_pattern("^{{a}}$", words).match("XYZ")
    with pytest.raises(KeyError):
        compile_pattern("{{absent}}", words)


def test_a_group_without_reason_is_one_pattern() -> None:
    """Whatever any of them matches."""
    assert any_of("horizon", "ignorance").search("I have never heard of it.")
