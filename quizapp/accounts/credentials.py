"""Secrets: how they are made, what of them is kept, how they are compared.

Card secrets of 128 bits are kept as SHA-256; typed codes of 50 bits as HMAC with the key of the
site; what people choose themselves as argon2id (t=2, m=19 MiB, p=1, OWASP's floor).
"""

import hashlib
import hmac
import secrets
import threading
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # No 0 O 1 I L: they are copied from paper.
CODE_LENGTH = 10
CARD_NUMBER_LENGTH = 4  # Of the code of a card: the signs that say which card is meant.
WINDOW_CODE_LENGTH = 6
SHORTEST_SECRET = 8
LONGEST_SECRET = 128
LONGEST_WAIT = 60  # Seconds.
TOO_COMMON = frozenset(
    """12345678 123456789 1234567890 87654321 11111111 00000000 88888888 66666666
    12341234 11223344 12344321 abcdefgh password qwertyui 1qaz2wsx asdfghjk aaaaaaaa
    11112222""".split()
)
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# A class that signs in at once must leave a core for those who are saving answers.
_one_at_a_time = threading.BoundedSemaphore(1)
_nobody = _hasher.hash(secrets.token_hex(8))


def new_token() -> str:
    """Return 128 random bits for a cookie, a link or a QR code."""
    return secrets.token_urlsafe(16)


def new_code() -> str:
    """Return a code to be typed from paper: ten characters, 49.5 bits."""
    return _random_signs(CODE_LENGTH)


def new_card_code(card_id: UUID, key: str) -> str:
    """Return a code to be typed from a card: its number, and six random characters."""
    return card_number(card_id, key) + _random_signs(CODE_LENGTH - CARD_NUMBER_LENGTH)


def card_number(card_id: UUID, key: str) -> str:
    """Return the four characters with which the code of a card begins: who types others does not
    hold the card, and has not tried at the account."""
    return _made_signs(f"card {card_id}", key, CARD_NUMBER_LENGTH)


def names_card(code: str, card_id: UUID, key: str) -> bool:
    """Whether the typed code begins with the number of the card."""
    return same(card_number(card_id, key), _plain(code)[:CARD_NUMBER_LENGTH])


def window_code(window_id: UUID, key: str) -> str:
    """Return what stands on the board for a window: six characters, 29.7 bits.

    They follow from the key of the site, so that the page of the window can be drawn again.
    """
    return _made_signs(f"window {window_id}", key, WINDOW_CODE_LENGTH)


def new_login() -> str:
    """Return a sign-in name of seven digits for a pupil without a number."""
    return str(1_000_000 + secrets.randbelow(9_000_000))


def digest(token: str) -> str:
    """Return what is kept of a secret of 128 bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def sealed(code: str, key: str) -> str:
    """Return what is kept of a typed code; blanks, hyphens and lower case are the typist's own."""
    return marked(_plain(code), key)


def marked(told: str, key: str) -> str:
    """Return a mark of what was told; without the key of the site nobody finds out what it was."""
    return hmac.new(key.encode(), told.encode(), hashlib.sha256).hexdigest()


def same(kept: str, given: str) -> bool:
    return hmac.compare_digest(kept.encode(), given.encode())


def hashed(secret: str) -> str:
    """Return what is kept of a secret that a person chose."""
    with _one_at_a_time:
        return _hasher.hash(secret)


def opens(kept: str | None, secret: str) -> bool:
    """Whether the secret is the one kept; without one it takes as long and is no."""
    with _one_at_a_time:
        try:
            _hasher.verify(kept or _nobody, secret)
        except (VerifyMismatchError, InvalidHashError):
            return False
    return kept is not None


def is_weak(secret: str, *known: str) -> bool:
    """Whether others would try it first: too common, one sign only, or a name that all know."""
    plain = secret.casefold()
    told = any(word and word.casefold() in plain for word in known)
    return plain in TOO_COMMON or len(set(plain)) < 3 or told or "禁毒" in plain


def wait_after(failures: int) -> int:
    """Return for how many seconds an account waits after so many wrong secrets in a row."""
    return 0 if failures < 3 else min(LONGEST_WAIT, 2 ** (failures - 3))


def _plain(code: str) -> str:
    return code.upper().replace(" ", "").replace("-", "")


def _random_signs(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _sign in range(length))


def _made_signs(told: str, key: str, length: int) -> str:
    """Return signs that follow from the key of the site."""
    number, code = int.from_bytes(bytes.fromhex(marked(told, key))), ""
    for _sign in range(length):
        number, sign = divmod(number, len(ALPHABET))
        code += ALPHABET[sign]
    return code
