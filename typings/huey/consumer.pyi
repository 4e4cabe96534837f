from typing import Any

class Consumer:
    def __init__(
        self, huey: object, workers: int = ..., periodic: bool = ..., **more: Any
    ) -> None: ...
    def run(self) -> None: ...
