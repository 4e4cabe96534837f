"""Surnames that sound otherwise than their signs mostly do: 曾 is zeng, not ceng.

As the Xiandai Hanyu Cidian (现代汉语词典) reads them; a stroke parts two readings that are in use.
"""

from collections.abc import Mapping, Sequence
from typing import Final

SOUNDS: Final[Mapping[str, str]] = {
    "卜": "bu", "不": "fou", "车": "che/ju", "乘": "sheng", "单": "shan", "都": "du",
    "费": "fei/bi", "盖": "ge", "黑": "he", "会": "gui", "祭": "zhai", "角": "jue", "解": "xie",
    "句": "gou", "阚": "kan", "隗": "wei/kui", "乐": "yue", "六": "lu", "么": "yao", "没": "mo",
    "秘": "bi", "宓": "mi/fu", "缪": "miao", "牟": "mu", "乜": "nie", "佴": "nai", "能": "nai",
    "粘": "nian", "区": "ou", "繁": "po", "朴": "piao", "郄": "qie/xi", "覃": "qin", "仇": "qiu",
    "折": "she", "莘": "shen/xin", "谌": "chen/shen", "洗": "xian", "省": "xing",
    "郇": "xun/huan", "尉": "wei/yu", "员": "yun", "贠": "yun", "曾": "zeng", "查": "zha",
    "翟": "zhai", "召": "shao", "种": "chong", "重": "chong", "郗": "xi/chi", "薄": "bo",
    "柏": "bai/bo",
    "万俟": "mo qi", "尉迟": "yu chi", "单于": "chan yu", "澹台": "tan tai", "乐正": "yue zheng",
    "长孙": "zhang sun",
}  # fmt: skip


def sounds(name: str) -> Sequence[Sequence[str]]:
    """Return the readings of the surname with which the name begins, each sign by sign.

    None for a surname that sounds as its signs do elsewhere.
    """
    found = SOUNDS.get(name[:2]) or SOUNDS.get(name[:1]) or ""
    return [reading.split() for reading in found.split("/") if reading]
