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
    """Return a code to be typed from a card: ten characters, 49.5 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def window_code(window_id: UUID, key: str) -> str:
    """Return what stands on the board for a window: six characters, 29.7 bits.

    They follow from the key of the site, so that the page of the window can be drawn again.
    """
    made = hmac.new(key.encode(), f"window {window_id}".encode(), hashlib.sha256).digest()
    number, code = int.from_bytes(made), ""
    for _sign in range(WINDOW_CODE_LENGTH):
        number, sign = divmod(number, len(ALPHABET))
        code += ALPHABET[sign]
    return code


def new_login() -> str:
    """Return a sign-in name of seven digits for a pupil without a number."""
    return str(1_000_000 + secrets.randbelow(9_000_000))


def digest(token: str) -> str:
    """Return what is kept of a secret of 128 bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def sealed(code: str, key: str) -> str:
    """Return what is kept of a typed code; blanks, hyphens and lower case are the typist's own."""
    plain = code.upper().replace(" ", "").replace("-", "")
    return hmac.new(key.encode(), plain.encode(), hashlib.sha256).hexdigest()


def same(kept: str, given: str) -> bool:
    return hmac.compare_digest(kept, given)


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
