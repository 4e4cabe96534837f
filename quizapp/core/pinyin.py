"""What a Chinese name sounds like, so that it can be found from a keyboard without Chinese."""


def spelled(name: str) -> str:
    """Return full spelling and initials in small letters, "王小青" as "wangxiaoqing wxq".

    The first reading of each sign; an editor's ear is not needed to find a child again. Signs that
    are none of Chinese stay as they are, blanks and dots go.
    """
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 - a third of a second to import.

    plain = "".join(sign for sign in name.lower() if sign.isalnum())
    sounds = lazy_pinyin(plain, style=Style.NORMAL)
    full = "".join(sounds)
    first = "".join(sound[0] for sound in sounds)
    return full if full == first or not full else f"{full} {first}"
