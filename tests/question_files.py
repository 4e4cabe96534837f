"""A file of questions in parts: the head of one, what it says in Chinese and in English."""

HEAD = """
[[question]]
key = "primary-strange-drink"
kind = "single"
stage = "primary"
difficulty = 1
pool = "open"
objective = "会拒绝陌生人给的饮料"
source = ["rule:leave"]
as_of = 2026-11-21
review_by = 2027-06-30
"""
ZH = """
[question.zh]
stem = "陌生人请你喝饮料，怎么做？"
options = [
  { text = "不喝，走开", right = true },
  { text = "先闻一闻", feedback = "闻不出来。" },
  { text = "带回家", feedback = "收下就给了机会。" },
]
explain = "谢绝，走开，告诉大人。"
"""
EN = """
[question.en]
stem = "A stranger offers you a drink. What do you do?"
options = [
  { text = "Say no and leave", right = true },
  { text = "Smell it", feedback = "You cannot smell it." },
  { text = "Take it home", feedback = "That gives a reason to come back." },
]
explain = "Say no, leave, tell an adult."
"""
