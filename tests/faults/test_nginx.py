"""Debian's nginx with the sample of deploy/ in front of the real server, over HTTPS."""

import getpass
import http.client
import json
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import create_engine, select

from quizapp.accounts import ceilings
from quizapp.accounts.models import BackOff
from quizapp.core.paths import PACKAGE
from quizapp.web.assets import version
from tests.conftest import Databases
from tests.settings import KEY
from tests.site import PATIENCE, serving

NAME = "quiz.example"
SAMPLE = PACKAGE.parent / "deploy" / "nginx.conf"
FORGED = "10.9.8.7"
MEGABYTE = 2**20


@dataclass(frozen=True)
class Told:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Site:
    """The site as the world sees it, and as this machine does."""

    tls: int
    plain: int
    inside: str
    database: str
    home: Path

    def connection(self) -> http.client.HTTPSConnection:
        trusting = ssl._create_unverified_context()  # noqa: S323 - a certificate of our own.
        return http.client.HTTPSConnection("127.0.0.1", self.tls, timeout=30, context=trusting)

    def ask(self, path: str, *, method: str = "GET", body: bytes | None = None,
            headers: Mapping[str, str] | None = None) -> Told:  # fmt: skip
        connection = self.connection()
        told = _ask(connection, path, method=method, body=body, headers=headers)
        connection.close()
        return told


def _ask(
    connection: http.client.HTTPConnection, path: str, *, method: str = "GET",
    body: bytes | None = None, headers: Mapping[str, str] | None = None,
) -> Told:  # fmt: skip
    connection.request(method, path, body, {"Host": NAME, **(headers or {})})
    answer = connection.getresponse()
    return Told(answer.status, dict(answer.getheaders()), answer.read())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("nginx")
    url = Databases(home, None).fresh(with_content=False)
    tls, plain = _free_port(), _free_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"BASE_URL": f"https://{NAME}", "PROXY_HOPS": "1"}.items():
            patch.setenv(f"QUIZAPP_{name}", value)
        with serving(url, home, "--no-jobs", "--workers", "2") as inside:
            _write(home, tls=tls, plain=plain, inside=inside)
            program = shutil.which("nginx") or "/usr/sbin/nginx"
            command = [program, "-p", str(home), "-c", str(home / "main.conf")]
            with (home / "nginx.err").open("wb") as said:
                nginx = subprocess.Popen(command, stderr=said)
            _wait(tls, nginx, home)
            yield Site(tls, plain, inside, url, home)
            nginx.terminate()
            nginx.wait(PATIENCE)


def _write(home: Path, *, tls: int, plain: int, inside: str) -> None:
    """Write the sample with the ports and files of this test, and what stands around it."""
    _certificate(home)
    sample = SAMPLE.read_text("utf-8")
    for said, here in {
        "127.0.0.1:8000": inside.removeprefix("http://"),
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ": f"listen 127.0.0.1:{tls} ",
        "/etc/ssl/quizapp": str(home),
        "/var/log/nginx": str(home),
    }.items():
        assert said in sample, said
        sample = sample.replace(said, here)
    lines = [line for line in sample.splitlines() if "[::]" not in line]
    (home / "site.conf").write_text("\n".join(lines), "utf-8")
    temporary = "\n".join(
        f"{kind}_temp_path {home}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (home / "main.conf").write_text(
        f"daemon off; user {getpass.getuser()}; pid {home}/nginx.pid; worker_processes 1;"
        f"events {{}} http {{ {temporary}\n access_log off; include {home}/site.conf; }}",
        "utf-8",
    )


def _certificate(home: Path) -> None:
    key, at = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (home / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (home / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def _wait(port: int, nginx: subprocess.Popen[bytes], home: Path) -> None:
    ends = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < ends, "nginx did not begin"
            assert nginx.poll() is None, (home / "nginx.err").read_text("utf-8")
            time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def test_plain_http_leads_to_https(site: Site) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", site.plain, timeout=30)

    told = _ask(connection, "/sign-in?next=/lessons/")
    connection.close()

    assert (told.status, told.headers["Location"]) == (
        301,
        f"https://{NAME}/sign-in?next=/lessons/",
    )


def test_pages_come_secure_and_compressed_over_one_connection(site: Site) -> None:
    connection = site.connection()
    first = _ask(connection, "/sign-in", headers={"Accept-Encoding": "gzip"})
    kept = connection.sock
    second = _ask(connection, "/healthz")

    assert connection.sock is kept is not None
    connection.close()
    assert (first.status, second.body) == (200, b"ok")
    assert first.headers["Content-Encoding"] == "gzip"
    assert first.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert first.headers["Set-Cookie"].startswith("__Host-quizapp=")
    assert "; Secure;" in first.headers["Set-Cookie"]


def test_static_files_are_compressed_and_kept_for_a_year(site: Site) -> None:
    told = site.ask(f"/static/{version()}/css/base.css", headers={"Accept-Encoding": "gzip"})

    assert (told.status, told.headers["Content-Encoding"]) == (200, "gzip")
    assert told.headers["Cache-Control"].endswith(", public, immutable")


def test_a_forged_address_changes_nothing(site: Site) -> None:
    """Wrong tries are counted where they come from, whatever the browser claims."""
    claims = {
        "X-Forwarded-For": FORGED, "X-Real-IP": FORGED, "Forwarded": f"for={FORGED}",
        "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http",
    }  # fmt: skip
    body = json.dumps({"school": "9901010001", "login": "nobody", "secret": "12345678"}).encode()
    sent = {"Content-Type": "application/json", **claims}

    wrong = site.ask("/api/v1/sign-in", method="POST", body=body, headers=sent)
    page = site.ask("/sign-in", headers=claims)

    assert wrong.status == 401
    engine = create_engine(site.database)
    with engine.connect() as connection:
        counted = set(connection.scalars(select(BackOff.account)))
    engine.dispose()
    assert ceilings.place("127.0.0.1", KEY) in counted
    assert ceilings.place(FORGED, KEY) not in counted
    assert page.status == 200
    assert "; Secure;" in page.headers["Set-Cookie"]
    assert b"evil.example" not in page.body


def test_a_body_that_is_too_large_never_reaches_the_site(site: Site) -> None:
    sent = {"Content-Type": "application/json"}

    large = site.ask("/api/v1/sign-in", method="POST", body=b"1" * 13 * MEGABYTE, headers=sent)
    fits = site.ask("/api/v1/sign-in", method="POST", body=b"1" * 11 * MEGABYTE, headers=sent)

    assert (large.status, "X-Request-ID" in large.headers) == (413, False)
    assert (fits.status, "X-Request-ID" in fits.headers) == (400, True)


def test_figures_are_for_the_machine_alone(site: Site) -> None:
    assert site.ask("/metrics").status == 404
    assert site.ask("/readyz").status == 404
    with urlopen(f"{site.inside}/metrics", timeout=30) as told:  # noqa: S310 - our own address.
        assert b"quizapp_saves_total" in told.read()
    claimed = Request(f"{site.inside}/metrics", headers={"X-Forwarded-For": "127.0.0.1"})  # noqa: S310
    with pytest.raises(OSError, match="403"):
        urlopen(claimed, timeout=30)  # noqa: S310


def test_the_log_of_the_proxy_holds_no_secret_address(site: Site) -> None:
    told = site.ask("/invitations/canary-secret?next=canary-query")

    log = (site.home / "quizapp.log").read_text("utf-8")
    assert told.headers["X-Request-ID"] in log
    assert "canary" not in log
    assert "127.0.0.1" not in log
