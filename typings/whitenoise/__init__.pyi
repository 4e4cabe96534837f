from collections.abc import Callable
from typing import Any

class WhiteNoise:
    def __init__(
        self,
        application: Any,
        max_age: int | None = ...,
        immutable_file_test: Callable[[str, str], bool] | None = ...,
        **more: Any,
    ) -> None: ...
    def __call__(self, environ: Any, start_response: Any) -> Any: ...
    def add_files(self, root: str, prefix: str | None = ...) -> None: ...
