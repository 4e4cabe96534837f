"""A line between the browser and the site that can be cut.

A browser that is merely told to be off line has been seen to send what a page has to send as it
loads.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock, Thread
from urllib.parse import urlsplit


class Line:
    """Carries bytes both ways between its own address and that of the site."""

    def __init__(self, site: str) -> None:
        self._to = urlsplit(site).port
        self._listens = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listens.getsockname()[1]}"
        self._is_cut, self._turn = False, Lock()
        self._ends: set[socket.socket] = set()
        Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Close what is open and answer nobody from now on."""
        with self._turn:
            self._is_cut = True
            for end in self._ends:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._is_cut = False

    def close(self) -> None:
        with suppress(OSError):
            self._listens.shutdown(socket.SHUT_RDWR)
        self._listens.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                near, _address = self._listens.accept()
            except OSError:  # It is closed.
                return
            with self._turn:
                if self._is_cut:
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self._to))
                self._ends |= {near, far}
            for one, other in ((near, far), (far, near)):
                Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while piece := one.recv(65_536):
                other.sendall(piece)
        with suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)
        with self._turn:  # Each end is read by one of the two, and closed by that one.
            self._ends.discard(one)
            one.close()


@contextmanager
def line_to(site: str) -> Iterator[Line]:
    line = Line(site)
    try:
        yield line
    finally:
        line.close()
