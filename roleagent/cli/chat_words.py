"""The chat's own texts in the character's language: help, questions, messages."""

from __future__ import annotations

from collections.abc import Mapping


def chat_words(language: str) -> Mapping[str, str]:
    """The chat's own lines; in English if there are none in the character's language.

    >>> chat_words("zh-TW")["allow"]
    '允许吗？[y/N] '
    """
    return _CHINESE if language.startswith("zh") else _ENGLISH


_ENGLISH = {
    "help": """\
/image PATH [words]   show a picture
/audio PATH [words]   play a recording: something to listen to, not your own words
/say PATH             speak: a recording of your own voice, which counts as typed
/retry                take back the last reply and ask again
/undo                 take back the last exchange
/edit [words]         take back the last exchange and say something else
/threads [NAME]       your conversations; with a name, go on in that one or begin it
/why                  what the last reply rests on
/facts                what the character has learned about you
/history              this conversation so far
/memory [words]       how much is remembered; with words, what they bring back
/forget WORDS         erase what was said with these words in it
/forget last | all    erase the last exchange, or all that is kept about you with this character
/help                 this list
/quit                 leave (or press Ctrl-D)

A line that ends with \\ goes on in the next one. \"\"\" begins and ends a text of several lines.""",
    "hint": "/help lists what else you can type.",
    "you": "you: ",
    "more": "  … ",
    "waking": "Waking up …",
    "unknown": "There is no {command}.",
    "which_file": "Which file? {command} PATH [words]",
    "no_reply": "There is no reply to explain.",
    "interrupted": "(interrupted; nothing of this turn is kept)",
    "error": "error: {error}",
    "wants": "wants to run {call}",
    "allow": "allow? [y/N] ",
    "nothing_said": "Nothing was said here yet.",
    "taken_back": "taken back: {text}",
    "file_gone": "{name} is no longer here, so it is not shown again.",
    "no_threads": "There is no conversation yet.",
    "threads_unknown": "This memory does not list its conversations.",
    "here": "  ← here",
    "in_thread": "This is now the conversation “{thread}”.",
}

_CHINESE = {
    "help": """\
/image 路径 [话]      给角色看一张图片
/audio 路径 [话]      放一段录音：让角色听，不算你说的话
/say 路径             说话：你自己的录音，等于打字
/retry                收回上一个回答，再问一次
/undo                 收回上一轮对话
/edit [话]            收回上一轮对话，改说别的
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
    "more": "  … ",
    "waking": "正在醒来……",
    "unknown": "没有 {command} 这个命令。",
    "which_file": "哪个文件？{command} 路径 [话]",
    "no_reply": "还没有可以解释的回答。",
    "interrupted": "（已中断；这一轮什么都没有保存）",
    "error": "出错：{error}",
    "wants": "想要运行 {call}",
    "allow": "允许吗？[y/N] ",
    "nothing_said": "这里还没有说过什么。",
    "taken_back": "已收回：{text}",
    "file_gone": "{name} 已经不在了，所以不再显示。",
    "no_threads": "还没有任何对话。",
    "threads_unknown": "这种记忆不能列出各次对话。",
    "here": "  ← 当前",
    "in_thread": "现在是对话“{thread}”。",
}
