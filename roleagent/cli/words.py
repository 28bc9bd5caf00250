"""The command line's own words in the character's language: a chat's messages, and what is remembered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from roleagent.types import Fact, GraphUpdate

Words = Mapping[str, str]

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_UNITS = (("year", 365 * _DAY), ("month", 30 * _DAY), ("day", _DAY), ("hour", _HOUR), ("minute", _MINUTE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """How much is kept of one user with one character.

    Attributes:
        num_facts: facts learned from the user that hold now.
        last_at: when the last utterance was, with a time zone; None if there is none.
    """

    num_episodes: int = 0
    num_threads: int = 0
    num_facts: int = 0
    last_at: datetime | None = None


def words_of(language: str) -> Words:
    """The texts by key: Chinese for a Chinese character, otherwise English.

    >>> words_of("zh-TW")["learned"]
    '记住了'
    """
    return _CHINESE if language.startswith("zh") else _ENGLISH


def greeting_line(name: str, kept: Remembered, *, now: datetime, language: str) -> str:
    """What a character remembers, in one line.

    >>> kept = Remembered(num_episodes=1, num_threads=1, last_at=datetime(2026, 1, 1))
    >>> greeting_line("Mira", kept, now=datetime(2026, 1, 3), language="en")
    'Mira remembers 1 message from 1 conversation with you, the last one 2 days ago.'
    """
    words = words_of(language)
    if kept.last_at is None and not kept.num_facts:
        return words["nothing"].format(name=name)
    parts = []
    if kept.last_at is not None:
        ago = time_ago(kept.last_at, now=now, language=language)
        counts = {
            "messages": counted(kept.num_episodes, "message", language),
            "threads": counted(kept.num_threads, "conversation", language),
        }
        parts.append(words["talk"].format(ago=ago, **counts))
    if kept.num_facts:
        parts.append(words["facts"].format(facts=counted(kept.num_facts, "fact", language)))
    return words["remembers"].format(name=name, what=words["and"].join(parts))


def counted(number: int, noun: str, language: str = "en") -> str:
    """A number with its noun.

    >>> counted(1, "fact"), counted(2, "fact"), counted(2, "fact", "zh")
    ('1 fact', '2 facts', '2 条事实')
    """
    words = words_of(language)
    return words["one" if number == 1 else "many"].format(number=f"{number:,}", noun=words[noun])


def time_ago(at: datetime, *, now: datetime, language: str = "en") -> str:
    """How long ago a moment was, in its largest unit.

    >>> time_ago(datetime(2026, 1, 1), now=datetime(2026, 1, 15))
    '14 days ago'
    """
    words, seconds = words_of(language), (now - at).total_seconds()
    for unit, length in _UNITS:
        if seconds >= length:
            return words["ago"].format(span=counted(int(seconds // length), unit, language))
    return words["just_now"]


def change_lines(update: GraphUpdate, language: str) -> Iterator[str]:
    """The facts about the user that a turn changed, one line each."""
    words, successors = words_of(language), _successors(update)
    for fact in update.added:
        if fact not in successors.values():
            yield words["line"].format(what=words["learned"], text=fact.text)
    for old in update.superseded:
        yield _ending(old, successors.get(old.id), words)
    for held in update.held_back:
        because = words["because"].format(text=held.fact.text, why=held.reason)
        yield words["line"].format(what=words["held_back"], text=because)


def _ending(old: Fact, new: Fact | None, words: Words) -> str:
    """A line that says how a fact ended (it changed, or was never true), and which fact replaces it."""
    never_held = old.superseded_at is not None
    if new is None:
        what, text = "taken_back" if never_held else "no_longer", old.text
    else:
        what, text = "corrected" if never_held else "changed", f"{old.text} → {new.text}"
    return words["line"].format(what=words[what], text=text)


def _successors(update: GraphUpdate) -> dict[str, Fact]:
    """For each fact that ends, the new fact of the same subject and relation that replaces it."""
    taken: dict[str, Fact] = {}
    for old in update.superseded:
        for new in update.added:
            if (new.subject, new.relation) == (old.subject, old.relation) and new not in taken.values():
                taken[old.id] = new
                break
    return taken


_ENGLISH = {
    "nothing": "{name} remembers nothing of you yet.",
    "remembers": "{name} remembers {what}.",
    "talk": "{messages} from {threads} with you, the last one {ago}",
    "facts": "{facts} about you",
    "and": ", and ",
    "one": "{number} {noun}",
    "many": "{number} {noun}s",
    "message": "message",
    "conversation": "conversation",
    "fact": "fact",
    "source": "source",
    "character": "character",
    "year": "year",
    "month": "month",
    "day": "day",
    "hour": "hour",
    "minute": "minute",
    "ago": "{span} ago",
    "just_now": "just now",
    "line": "{what}: {text}",
    "learned": "learned",
    "changed": "changed",
    "corrected": "corrected",
    "no_longer": "no longer",
    "taken_back": "taken back",
    "held_back": "held back",
    "because": "{text} ({why})",
    "would_go": "This would be erased: {messages}, {facts}, and what rests on them alone.",
    "others": "Also items of an application, names and summaries: {number}.",
    "more": "… and {number} more",
    "nothing_holds": "No message or fact contains these words.",
    "nothing_found": "Nothing is remembered yet.",
    "nothing_said": "Nothing was said here yet.",
    "no_facts": "Nothing has been learned about you yet.",
    "forget_what": "Forget what? /forget WORDS: all that contains them; /forget last; /forget all.",
    "sure": "Erase this for good? [y/N] ",
    "help": """\
/image PATH [words]   show a picture
/audio PATH [words]   play a recording: something to listen to, not your own words
/say PATH             speak: a recording of your own voice, which counts as typed
/retry                take back the last reply and ask again
/undo                 take back the last exchange
/edit [words]         take back the last exchange and say something else
/good, /bad           rate the last reply, for training
/better WORDS         what the last reply should have been
/threads [NAME]       your conversations; with a name, continue that one or begin it
/why                  what the last reply rests on
/facts                what the character has learned about you
/history              this conversation so far
/memory [words]       how much is remembered; with words, search for them
/forget WORDS         erase what was said with these words in it
/forget last | all    erase the last exchange, or all that is kept about you with this character
/help                 this list
/quit                 leave (or press Ctrl-D)

A line that ends with \\ continues in the next one. \"\"\" begins and ends a text of several lines.""",
    "hint": "/help lists what else you can type.",
    "you": "you: ",
    "goes_on": "  … ",
    "waking": "Waking up …",
    "unknown": "There is no {command}.",
    "which_file": "Which file? {command} PATH [words]",
    "no_reply": "There is no reply to explain.",
    "nothing_to_rate": "There is no reply to rate.",
    "better_how": "What should it have said? /better WORDS",
    "rated": "noted",
    "interrupted": "(interrupted; nothing of this turn is kept)",
    "error": "error: {error}",
    "wants": "wants to run {call}",
    "allow": "allow? [y/N] ",
    "turn_taken_back": "taken back: {text}",
    "file_gone": "{name} is no longer here, so it is not shown again.",
    "no_threads": "There is no conversation yet.",
    "threads_unknown": "This memory does not list its conversations.",
    "here": "  ← here",
    "in_thread": "This is now the conversation “{thread}”.",
}

_CHINESE = {
    "nothing": "{name}还没有关于你的记忆。",
    "remembers": "{name}记得{what}。",
    "talk": "与你的 {threads}、{messages}（最近一次在{ago}）",
    "facts": "关于你的 {facts}",
    "and": "，以及",
    "one": "{number} {noun}",
    "many": "{number} {noun}",
    "message": "条消息",
    "conversation": "次对话",
    "fact": "条事实",
    "source": "个来源",
    "character": "个角色",
    "year": "年",
    "month": "个月",
    "day": "天",
    "hour": "小时",
    "minute": "分钟",
    "ago": " {span}前",
    "just_now": "刚才",
    "line": "{what}：{text}",
    "learned": "记住了",
    "changed": "变了",
    "corrected": "更正",
    "no_longer": "不再",
    "taken_back": "收回",
    "held_back": "没有采纳",
    "because": "{text}（{why}）",
    "would_go": "将会抹去：{messages}、{facts}，以及只以它们为依据的一切。",
    "others": "另有应用程序的条目、名称和摘要：{number} 条。",
    "more": "……还有 {number} 条",
    "nothing_holds": "记忆里没有含这些词的内容。",
    "nothing_found": "还没有任何记忆。",
    "nothing_said": "这里还没有说过什么。",
    "no_facts": "还没有了解到关于你的事。",
    "forget_what": "忘记什么？/forget 词语：含有这些词的；/forget last：刚才的一轮；/forget all：全部。",
    "sure": "确定永久抹去吗？[y/N] ",
    "help": """\
/image 路径 [话]      给角色看一张图片
/audio 路径 [话]      放一段录音：让角色听，不算你说的话
/say 路径             说话：你自己的录音，等于打字
/retry                收回上一个回答，再问一次
/undo                 收回上一轮对话
/edit [话]            收回上一轮对话，改说别的
/good、/bad            评价上一个回答，供训练用
/better 话            上一个回答本该怎么说
/threads [名称]       你的各次对话；带名称则转到那一次，没有就新开
/why                  上一个回答的依据
/facts                角色了解到的关于你的事
/history              这次对话到目前为止的内容
/memory [词语]        记得多少；带词语则显示由此想起的内容
/forget 词语          抹去含有这些词的内容
/forget last | all    抹去上一轮对话，或这个角色关于你的全部记忆
/help                 显示这个列表
/quit                 离开（或按 Ctrl-D）

行末写 \\ 则下一行接着写。用 \"\"\" 开头和结尾可以输入多行文字。""",
    "hint": "输入 /help 查看还可以输入什么。",
    "you": "你：",
    "goes_on": "  … ",
    "waking": "正在醒来……",
    "unknown": "没有 {command} 这个命令。",
    "which_file": "哪个文件？{command} 路径 [话]",
    "no_reply": "还没有可以解释的回答。",
    "nothing_to_rate": "还没有可以评价的回答。",
    "better_how": "本该怎么说？/better 话",
    "rated": "记下了",
    "interrupted": "（已中断；这一轮什么都没有保存）",
    "error": "出错：{error}",
    "wants": "想要运行 {call}",
    "allow": "允许吗？[y/N] ",
    "turn_taken_back": "已收回：{text}",
    "file_gone": "{name} 已经不在了，所以不再显示。",
    "no_threads": "还没有任何对话。",
    "threads_unknown": "这种记忆不能列出各次对话。",
    "here": "  ← 当前",
    "in_thread": "现在是对话“{thread}”。",
}
