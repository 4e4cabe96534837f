"""What a Chinese name sounds like, so that it can be found from a keyboard without Chinese."""

from functools import cache


def spelled(name: str) -> str:
    """Return full spelling and initials in small letters, "王小青" as "wangxiaoqing wxq".

    The first reading of each sign; an editor's ear is not needed to find a child again. Signs that
    are none of Chinese stay as they are, blanks and dots go.
    """
    sounds = [_sound(sign) for sign in name.lower() if sign.isalnum()]
    full = "".join(sounds)
    first = "".join(sound[0] for sound in sounds)
    return full if full == first or not full else f"{full} {first}"


@cache  # A city's names are made of few thousand signs.
def _sound(sign: str) -> str:
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - a third of a second to import.

    return lazy_pinyin(sign)[0] or sign
