"""One question of every kind, as a file would say it, in both languages."""

from typing import Any

from sqlalchemy.orm import Session

from quizapp.bank.kinds.table import TEXTS
from quizapp.bank.models import Question, Topic
from quizapp.bank.rules import Kind
from tests import make

TOPIC = "every-kind"


def _options(*texts: str, right: tuple[int, ...], lang: str) -> list[dict[str, Any]]:
    said = "提示" if lang == "zh" else "Hint"
    return [
        {"text": text, "right": n in right, "feedback": f"{said}-{text}"}
        for n, text in enumerate(texts)
    ]


ZH: dict[Kind, dict[str, Any]] = {
    Kind.SINGLE: {
        "stem": "单选：哪一个号码是火警？",
        "options": _options("119", "114", "121", right=(0,), lang="zh"),
    },
    Kind.MULTIPLE: {
        "stem": "哪些人可以帮助你？（可多选）",
        "options": _options("老师", "家长", "警察", "陌生的网友", right=(0, 1, 2), lang="zh"),
    },
    Kind.JUDGE: {
        "stem": "判断：毒品会伤害身体。",
        "options": [{"text": "对", "right": True}, {"text": "错", "feedback": "提示-错"}],
    },
    Kind.SITUATION: {
        "scene": "放学后，你和{name}在{place}等车。有人递来两杯饮料。",
        "stem": "你怎么对{name}说？",
        "options": _options("我们走吧", "你先喝", "一起喝", right=(0,), lang="zh"),
        "params": [
            {"name": "小雨", "place": "书店"},
            {"name": "小禾", "place": "操场边"},
            {"name": "小川", "place": "车站"},
        ],
    },
    Kind.ORDER: {
        "stem": "有人昏倒，先做什么，后做什么？",
        "options": [{"text": "看周围是否安全"}, {"text": "打120"}, {"text": "等救护车来"}],
        "feedback": "提示-顺序",
    },
    Kind.MATCH: {
        "stem": "哪个号码做什么用？",
        "options": [
            {"text": "110", "pair": "报警", "feedback": "提示-110"},
            {"text": "120", "pair": "救护车", "feedback": "提示-120"},
            {"text": "12355", "pair": "青少年服务", "feedback": "提示-12355"},
        ],
        "others": ["查天气"],
    },
    Kind.FILL: {
        "stem": "青少年服务热线是 ____。",
        "accept": ["一二三五五", "壹贰叁伍伍"],
        "wrong": [{"text": "一二三四五", "feedback": "提示-市民热线"}],
        "feedback": "提示-别的",
    },
}
EN: dict[Kind, dict[str, Any]] = {
    Kind.SITUATION: {
        "scene": "After school you wait with {name} {place}. Somebody offers two drinks.",
        "stem": "What do you tell {name}?",
        "options": _options("Let us go", "You first", "Both of us", right=(0,), lang="en"),
        "params": [
            {"name": "Xiaoyu", "place": "at the bookshop"},
            {"name": "Xiaohe", "place": "by the field"},
            {"name": "Xiaochuan", "place": "at the station"},
        ],
    },
}
# What may not stand on a page before the result is out.
SECRETS = ("提示", "Hint", "因为", "Because", "一二三", "壹贰", "accept", "feedback", "params")


def texts(kind: Kind) -> dict[str, Any]:
    """Return what a file says of the question in each language."""
    said = {"zh": {**ZH[kind], "explain": f"因为 {kind}"}}
    if kind in EN:
        said["en"] = {**EN[kind], "explain": f"Because {kind}"}
    return said


def questions(session: Session) -> dict[Kind, Question]:
    """Make one question of each kind, of a topic of their own."""
    session.add(Topic(key=TOPIC, position=9, names={"zh": "各种题型", "en": "Every kind"}))
    session.flush()
    made = {}
    for number, kind in enumerate(Kind):
        read = {lang: TEXTS[kind].model_validate(said) for lang, said in texts(kind).items()}
        made[kind] = make.question(
            session, number, kind=kind, key=f"kind-{kind}", topic=TOPIC,
            text={lang: said.plain() for lang, said in read.items()}, answer=read["zh"].answer,
        )  # fmt: skip
    return made
