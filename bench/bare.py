"""The least that a save can cost: a Flask route that checks a signed cookie and writes one row.

`python -m bench.bare PORT DATABASE` serves it by the server of the site, to be measured beside it.
"""

import sys
import threading
from typing import Any

import psycopg
from flask import Flask, Response, jsonify, request, session

from quizapp.cli import server
from tests.settings import KEY

MADE = """CREATE TABLE IF NOT EXISTS bare (
    id text, position int, choice text, seq bigint, PRIMARY KEY (id, position)
)"""
KEPT = """INSERT INTO bare (id, position, choice, seq) VALUES (%s, %s, %s, %s)
ON CONFLICT (id, position) DO UPDATE SET choice = excluded.choice, seq = excluded.seq
WHERE excluded.seq > bare.seq RETURNING seq"""


def bare(database: str) -> Flask:
    """Return the application; each of its threads has a connection of its own."""
    app, own = Flask("bare"), threading.local()
    app.secret_key = KEY

    def connection() -> psycopg.Connection[Any]:
        if not hasattr(own, "connection"):
            own.connection = psycopg.connect(database, autocommit=True)
        kept: psycopg.Connection[Any] = own.connection
        return kept

    @app.post("/sign-in")
    def sign_in() -> Response:
        session["id"] = request.get_json()["id"]
        return jsonify(id=session["id"])

    @app.put("/answers")
    def save() -> tuple[Response, int]:
        if "id" not in session:
            return jsonify(error="signed out"), 401
        saved = []
        for one in request.get_json()["answers"]:
            row = (session["id"], one["position"], "|".join(one["choice"]), one["seq"])
            connection().execute(KEPT, row)
            saved.append({"position": one["position"], "seq": one["seq"]})
        return jsonify(saved=saved), 200

    return app


def main() -> None:
    port, database = int(sys.argv[1]), sys.argv[2]
    with psycopg.connect(database, autocommit=True) as first:
        first.execute(MADE)
    server.run(
        bare(database), host="127.0.0.1", port=port, workers=2, threads=16, ended=lambda: None
    )


if __name__ == "__main__":
    main()
