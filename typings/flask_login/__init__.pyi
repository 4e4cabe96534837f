from collections.abc import Callable
from typing import Any

from flask import Flask

current_user: Any

class UserMixin:
    id: str
    @property
    def is_authenticated(self) -> bool: ...
    def get_id(self) -> str: ...

class LoginManager:
    session_protection: str | None
    def __init__(self, app: Flask | None = ...) -> None: ...
    def user_loader(self, callback: Callable[[str], object]) -> Callable[[str], object]: ...

def login_user(user: UserMixin, remember: bool = ...) -> bool: ...
def logout_user() -> bool: ...
