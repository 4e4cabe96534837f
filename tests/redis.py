"""A throw-away Redis, which can be killed and begun again at the same address."""

import shutil
import socket
import subprocess
import time
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

PATIENCE = 30


class Server:
    """`redis-server` that keeps nothing. It is begun with `begin`, and ended with `kill`."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as asked:
            asked.bind(("127.0.0.1", 0))
            self._port = int(asked.getsockname()[1])
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def begin(self) -> None:
        program = shutil.which("redis-server")
        assert program, "redis-server is missing; on Debian: apt-get install redis-server"
        options = ["--port", str(self._port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen(
            [program, *options], cwd=self._home, stdout=subprocess.DEVNULL
        )
        ends = time.monotonic() + PATIENCE
        with Redis.from_url(self.url) as asking:
            while True:
                try:
                    asking.ping()
                    return
                except RedisError:
                    assert time.monotonic() < ends, "Redis did not begin"
                    time.sleep(0.05)

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait(PATIENCE)
            self._process = None
