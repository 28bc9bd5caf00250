"""How well facts score on talk that does not concern them: the floor under a score that means something.

Embedders differ in scale: 0.3 means very alike for one, and pure chance for another. So each fact is measured
against its own scores on everyday talk: its score is the number of standard deviations above them. Speaker
verification does the same with impostor scores (Z-norm; Auckenthaler et al., "Score normalization for
text-independent speaker verification systems", 2000).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]

_SMALLEST_DEVIATION = 1e-6

EVERYDAY_TALK = (
    "Hello there!",
    "Good evening. How are you today?",
    "Nice to meet you.",
    "Thank you, that was kind of you.",
    "I am so tired today.",
    "What lovely weather we are having.",
    "It has been raining since the morning.",
    "I had pasta for dinner and it was delicious.",
    "My name is Robin and I have just moved here.",
    "I feel a little sad, to be honest.",
    "Could you help me with something?",
    "What do you think I should cook tonight?",
    "Do you have any plans for the weekend?",
    "I watched a funny film last night.",
    "My exam is on Monday and I am nervous.",
    "Tell me a joke.",
    "That is interesting, go on.",
    "I did not sleep well.",
    "What time is it?",
    "I bought a new phone yesterday.",
    "The train was late again.",
    "My boss was in a bad mood.",
    "I want to learn how to swim.",
    "See you tomorrow!",
    "Can you recommend a good book?",
    "I cannot find my keys anywhere.",
    "How do I get rid of a headache?",
    "We won the match three to one.",
    "I think I am catching a cold.",
    "Yes, I agree with you.",
    "No, I do not think so.",
    "Why is that?",
    "你好！",
    "晚上好，你今天怎么样？",
    "很高兴认识你。",
    "谢谢你，你真好。",
    "我今天好累啊。",
    "今天天气真不错。",
    "从早上开始就一直在下雨。",
    "我晚饭吃了面条，很好吃。",
    "我叫小宁，刚搬到这里。",
    "说实话，我有点难过。",
    "你能帮我一个忙吗？",
    "今晚我该做什么菜？",
    "你周末有什么安排？",
    "我昨晚看了一部很好笑的电影。",
    "我星期一要考试，很紧张。",
    "给我讲个笑话吧。",
    "真有意思，接着说。",
    "我没睡好。",
    "现在几点了？",
    "我昨天买了一部新手机。",
    "火车又晚点了。",
    "我的老板心情不好。",
    "我想学游泳。",
    "明天见！",
    "你能推荐一本好书吗？",
    "我的钥匙找不到了。",
    "头疼怎么办？",
    "我们三比一赢了比赛。",
    "我好像感冒了。",
    "对，我同意。",
    "不，我不这么认为。",
    "为什么呢？",
)
"""What people say to any character, in English and Chinese."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """The scores of some facts on talk that does not concern them.

    Attributes:
        mean: of each fact, [num_facts].
        deviation: of each fact, [num_facts]; never zero.
        floor: standard deviations above the mean that everyday talk seldom reaches with any fact.
    """

    mean: Scores
    deviation: Scores
    floor: float

    @classmethod
    def of(cls, scores: Scores, *, unrelated: float) -> Self:
        """Measure the mean, the deviation and the floor.

        Each utterance is compared with the others only, so that it does not affect its own measure.

        Args:
            scores: of every fact on every utterance, [num_utterances, num_facts]; at least three utterances.
            unrelated: share of such utterances, 0–1, that may still reach some fact.
        """
        num_others = len(scores) - 1
        mean_of_others = (scores.sum(axis=0) - scores) / num_others
        squares_of_others = ((scores**2).sum(axis=0) - scores**2) / num_others
        deviation = np.sqrt(np.maximum(squares_of_others - mean_of_others**2, 0))
        best = ((scores - mean_of_others) / np.maximum(deviation, _SMALLEST_DEVIATION)).max(axis=1)
        return cls(
            mean=scores.mean(axis=0),
            deviation=np.maximum(scores.std(axis=0), _SMALLEST_DEVIATION),
            floor=float(np.quantile(best, 1 - unrelated)),
        )

    def standardised(self, scores: Scores) -> Scores:
        """Scores in standard deviations above the mean, [..., num_facts]."""
        standard: Scores = (scores - self.mean) / self.deviation
        return standard
