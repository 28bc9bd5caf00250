"""A wrong value is worse than none: the unsure teaches nothing, and values end in time."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from roleagent.graph.graph import PersonaGraph
from roleagent.graph.schema import CORE_RELATIONS
from roleagent.learning import PatternUpdater
from roleagent.learning.rules import applied
from roleagent.learning.updater import read_all_claims

MONDAY = date(2026, 3, 2)


def values(text: str, relation: str) -> list[str | None]:
    return [claim.value for claim in read_all_claims(text, MONDAY) if claim.relation == relation]


def live(relation: str, *said: tuple[int, str]) -> list[tuple[str, str | None]]:
    """What holds after a talk in March 2026, and since when."""
    graph = PersonaGraph(nodes=(), facts=(), relations=CORE_RELATIONS)
    for day, text in said:
        at = datetime(2026, 3, day, 12, tzinfo=UTC)
        graph = applied(graph, PatternUpdater().propose(graph, text, at, ()), at=at)
    return [(graph.nodes[fact.object].label, fact.valid_from) for fact in graph.values("user", relation)]


@pytest.mark.parametrize(
    ("text", "relation", "value"),
    [
        ("I work at Acme on project Apollo.", "works_at", "Acme"),
        ("I work at Acme as a nurse.", "works_at", "Acme"),
        ("I work for Globex with my brother.", "works_at", "Globex"),
        ("I work at Acme under a woman called Ruth.", "works_at", "Acme"),
        ("I work at Acme in Leeds.", "works_at", "Acme"),
        ("I work at Acme on Mondays.", "works_at", "Acme"),
        ("I work for Globex on the Apollo team.", "works_at", "Globex"),
        ("I was born in Graz and grew up in Linz.", "born_in", "Graz"),
        ("I was born on a farm in Kent.", "born_in", "Kent"),
        ("I turned 41 last week.", "aged", "41"),
        ("我在华兴跟小王一起工作。", "works_at", "华兴"),
        ("我在和平医院和老李一起上班。", "works_at", "和平医院"),
        ("我在大同公司上班。", "works_at", "大同公司"),
        ("I work at the Bank of China.", "works_at", "the Bank of China"),
        ("I live in Stratford upon Avon.", "lives_in", "Stratford upon Avon"),
        ("I live in Leeds on a quiet street.", "lives_in", "Leeds"),
        ("I live in Leeds and I love it.", "lives_in", "Leeds"),
        ("I live in Leeds because of my job.", "lives_in", "Leeds"),
        ("I moved to Leeds the day before yesterday.", "lives_in", "Leeds"),
        ("My current favourite footballer is Zico.", "likes", "Zico"),
        ("My favourite singer these days is Adele.", "likes", "Adele"),
        ("我喜歡貓，但我討厭狗。", "dislikes", "狗"),
        ("我喜欢茶，不过我讨厌咖啡。", "dislikes", "咖啡"),
        ("我現在住在臺北那邊。", "lives_in", "臺北"),
        ("我在臺積電那邊工作。", "works_at", "臺積電"),
        ("我在臺積電和弟弟上班。", "works_at", "臺積電"),
        ("我在华兴和我妈妈上班。", "works_at", "华兴"),
        ("I live in a small flat in Leeds.", "lives_in", "a small flat in Leeds"),
        ("我會說英語和法語。", "speaks", "英語"),
    ],
)
def test_a_value_ends_where_other_words_begin(text, relation, value) -> None:
    """In the user's own characters, without what is said beside it."""
    assert value in values(text, relation)
    assert not [each for each in values(text, relation) if each and value != each and value in each]


@pytest.mark.parametrize(
    "text",
    [
        "My boss is called Anna.",
        "My boss is Anna.",
        "My manager is Ruth.",
        "I work with Anna.",
        "I work for Anna.",
        "I work under Mr Smith.",
        "I work for Dr Lee.",
        "I work near Victoria Station.",
        "My teacher is called Ruth.",
        "My landlord is called Mr Pit.",
        "My doctor's name is Adams.",
        "My roommate is Tom.",
        "My boss works at Acme.",
        "我老板叫安娜。",
        "我的室友叫小明。",
        "我的医生姓王。",
    ],
)
def test_other_people_are_no_workplace_and_no_home(text) -> None:
    """The commonest wrong fact: a name beside "my" is taken for the user's own employer or name."""
    told = [claim.relation for claim in read_all_claims(text, MONDAY)]
    assert not {"works_at", "lives_in", "is_called", "married_to", "has_pet"} & {*told}


@pytest.mark.parametrize(
    ("text", "relation"),
    [
        ("My favourite band is no longer Blur.", "likes"),
        ("My favourite drink is probably tea.", "likes"),
        ("I turned 40 pages.", "aged"),
        ("I turned 18 degrees left.", "aged"),
    ],
)
def test_what_is_over_unsure_or_counts_something_else_teaches_nothing(text, relation) -> None:
    assert values(text, relation) == []


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("I've lived in Osaka since last Tuesday.", "2026-02-24"),
        ("I've lived in Osaka since Friday.", "2026-02-27"),
        ("I've lived in Osaka since last month.", "2026-02"),
        ("I've lived in Osaka since the day before yesterday.", "2026-02-28"),
        ("I've lived in Osaka since last week.", "2026-02-23"),
        ("I've lived in Osaka since last weekend.", "2026-02-28"),
        ("I moved to Osaka on Saturday.", "2026-02-28"),
        ("I moved to Osaka last Wednesday.", "2026-02-25"),
        ("I moved to Osaka yesterday.", "2026-03-01"),
        ("我上周二搬到大阪了。", "2026-02-24"),
        ("我前天搬到大阪了。", "2026-02-28"),
        ("我大前天搬到大阪了。", "2026-02-27"),
        ("我上个星期五搬到了大阪。", "2026-02-27"),
        ("我上個禮拜三搬到了大阪。", "2026-02-25"),
        ("我从上周二开始住在大阪。", "2026-02-24"),
        ("我昨天搬到大阪了。", "2026-03-01"),
    ],
)
def test_days_are_reckoned_from_the_day_of_the_turn(text, since) -> None:
    """Monday, 2 March 2026: "since last Tuesday" is no "since today"."""
    claims = [claim for claim in read_all_claims(text, MONDAY) if claim.relation == "lives_in"]
    assert {claim.valid_from for claim in claims} == {since}


@pytest.mark.parametrize(
    ("relation", "said", "now"),
    [
        (
            "lives_in",
            [(1, "I live in Paris."), (3, "I moved to Lyon."), (9, "I'm back in Paris again.")],
            "Paris",
        ),
        ("lives_in", [(1, "I live in Paris."), (3, "I moved to Lyon last month.")], "Lyon"),
        ("lives_in", [(1, "I live in Paris."), (3, "I've lived in Lyon since 2019.")], "Lyon"),
        (
            "lives_in",
            [(1, "I moved to Tokyo yesterday."), (2, "I've lived in Osaka since last Tuesday.")],
            "Osaka",
        ),
        ("lives_in", [(1, "I live in Paris."), (3, "I moved to Lyon in 2015.")], "Paris"),
        ("lives_in", [(1, "I live in Paris."), (3, "I'm back in Lyon for the weekend.")], "Paris"),
        ("lives_in", [(1, "我住在上海。"), (3, "我上个月搬到北京了。")], "北京"),
        ("works_at", [(1, "I work at Acme."), (3, "I've been moved from Acme to Borealis.")], "Borealis"),
        (
            "works_at",
            [(1, "I work at Acme."), (3, "I was transferred from Acme to Borealis last week.")],
            "Borealis",
        ),
    ],
)
def test_the_newer_statement_holds(relation, said, now) -> None:
    """What somebody says of today is truer than what they said before, unless it tells of long ago."""
    assert [label for label, _ in live(relation, *said)] == [now]


@pytest.mark.parametrize(
    "said",
    ["I live in a flat with my mum.", "We live in a small house near the river.", "我住在一间小公寓里。"],
)
def test_a_kind_of_dwelling_is_no_home_that_another_ends(said) -> None:
    """Whoever lives in a flat still lives in Lewes."""
    assert [home for home, _ in live("lives_in", (1, "I live in Lewes."), (2, said))] == ["Lewes"]
