"""The application: the only module that knows every feature."""

import os
import sys
from datetime import timedelta

from flask import Flask
from flask.cli import FlaskGroup
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from quizapp.accounts import account_views, card_views, factor_views, support_views, window_views
from quizapp.accounts import views as accounts
from quizapp.api import counter
from quizapp.api import views as api
from quizapp.bank import jobs as bank_jobs
from quizapp.bank import views as bank
from quizapp.campaigns import assign_views, make_up_views
from quizapp.campaigns import views as campaigns
from quizapp.cli import commands
from quizapp.core import db, i18n, redis, settings
from quizapp.home import views as home
from quizapp.jobs import queue
from quizapp.lessons import class_views as class_lessons
from quizapp.lessons import hour_views, journal_views, pack_views, poll_views, teach_views
from quizapp.lessons import jobs as lesson_jobs
from quizapp.lessons import personal as lesson_data
from quizapp.lessons import views as lessons
from quizapp.privacy import consent_views, holdings, personal
from quizapp.privacy import jobs as privacy_jobs
from quizapp.privacy import views as privacy
from quizapp.quizzes import jobs as quiz_jobs
from quizapp.quizzes import personal as quiz_data
from quizapp.quizzes import views as quizzes
from quizapp.reports import jobs as report_jobs
from quizapp.reports import views as reports
from quizapp.rosters import oneroster_views, pupil_views, term_views, transfer_views
from quizapp.rosters import views as roster_views
from quizapp.staff import views as staff
from quizapp.web import (
    admission,
    assets,
    compression,
    context,
    cookies,
    device,
    errors,
    gallery,
    headers,
    measuring,
    nav,
    once,
    pace,
    preferences,
    tempo,
)

csrf = CSRFProtect()
FRAME = (
    measuring, compression, i18n, db, redis, queue, cookies, errors, headers, device, nav, context,
    once, pace, tempo,
)  # fmt: skip
FEATURES = (
    accounts, window_views, card_views, account_views, factor_views, support_views, roster_views,
    pupil_views, transfer_views, term_views, oneroster_views, staff, holdings, personal,
    consent_views, privacy, bank, lessons, lesson_data, quizzes, quiz_data, campaigns, reports,
    home, teach_views, class_lessons, poll_views, hour_views, assign_views, make_up_views,
    pack_views, journal_views, gallery,
)  # fmt: skip
BACKGROUND = (quiz_jobs, lesson_jobs, bank_jobs, privacy_jobs, report_jobs)
IDLE = timedelta(hours=4)  # Longer than any quiz: nobody is signed out in the middle of one.


def create_app(configured: settings.Settings | None = None, *, testing: bool = False) -> Flask:
    """Make the site; settings.Unsafe if it must not start with these settings."""
    here = configured or settings.read()
    app = Flask(__name__, static_folder=None, instance_path=str(here.instance))
    app.config.update(_flask_settings(here), TESTING=testing)
    for part in FRAME:
        part.init_app(app)
    csrf.init_app(app)
    for feature in FEATURES:
        feature.init_app(app)
    for blueprint in (preferences.bp, accounts.bp):
        app.register_blueprint(blueprint)
    api.init_app(app, csrf)
    for last in (*BACKGROUND, commands, assets, counter, admission):
        last.init_app(app)
    if here.proxy_hops:
        hops = here.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _flask_settings(here: settings.Settings) -> dict[str, object]:
    public = here.is_public
    return {
        "QUIZAPP": here,
        "SECRET_KEY": here.secret_key,
        "TRUSTED_HOSTS": [*([here.host] if here.host else []), "127.0.0.1", "localhost", "[::1]"],
        "MAX_CONTENT_LENGTH": 12 * 2**20,
        "MAX_FORM_MEMORY_SIZE": 2**20,
        "PERMANENT_SESSION_LIFETIME": IDLE,
        "SESSION_COOKIE_NAME": "__Host-quizapp" if public else "quizapp",
        "SESSION_COOKIE_SECURE": public,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PREFERRED_URL_SCHEME": "https" if public else "http",
        "WTF_CSRF_TIME_LIMIT": None,  # Bound to the session: an hour would end a long contest.
        "WTF_CSRF_SSL_STRICT": False,  # School proxies strip the referrer; the token decides.
        "WTF_CSRF_HEADERS": ["X-CSRF-Token"],
        "JSON_SORT_KEYS": False,
    }


def main() -> None:
    """The command `quizapp`."""
    try:
        os.umask(0o077)  # What the site writes is its own: database, keys, lists of sign-ins.
        FlaskGroup(name="quizapp", create_app=create_app, add_default_commands=False)()
    except settings.Unsafe as fault:
        sys.exit(str(fault))
