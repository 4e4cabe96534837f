"""The steps of a review as addresses: the same four for questions and for lessons."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from flask import Blueprint, flash, redirect, url_for
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission, holds
from quizapp.bank.models import Reviewed
from quizapp.bank.review_forms import RemarkForm, ReturnForm, SignForm, SubmitForm
from quizapp.bank.signing import Way
from quizapp.bank.words import ASPECTS
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.errors import Invalid
from quizapp.core.i18n import _
from quizapp.web.doors import current_actor, needs
from quizapp.web.forms import Form, text

R = TypeVar("R", bound=Reviewed)


def add(
    bp: Blueprint, at: str, way: Way[R], *, find: Callable[[UUID], R], page: Callable[..., str]
) -> None:
    """Give a blueprint `submit`, `sign`, `send_back` and `say`, at addresses that begin with `at`.

    `find` returns a version that the reader may see; `page(version, submit_form=…)` shows it, with
    what was wrong in a form, and is the blueprint's `show` too.
    """

    @bp.post(f"{at}/submission")
    @needs(Permission.BANK_EDIT)
    def submit(revision_id: UUID) -> Answer:
        revision, form = find(revision_id), SubmitForm()
        if not form.validate_on_submit():
            return page(revision, submit_form=form), 422
        try:
            with transaction() as session:
                way.submit(session, revision, text=text(form.note), by=current_actor(), now=now())
        except Invalid:  # The page itself lists what is wrong.
            return page(revision, submit_form=form), 422
        flash(_("It is in review now."), "good")
        return _back(revision)

    @bp.post(f"{at}/sign-offs")
    @needs(Permission.BANK_REVIEW)
    def sign(revision_id: UUID) -> Answer:
        revision, form = find(revision_id), SignForm()
        if not form.validate_on_submit():
            return page(revision), 422
        with transaction() as session:
            is_last = way.sign(session, revision, form.signed, by=current_actor(), now=now())
        flash(_("Signed by all three: it is in use now.") if is_last else _("Signed."), "good")
        return _back(revision)

    @bp.post(f"{at}/return")
    @needs(Permission.BANK_REVIEW)
    def send_back(revision_id: UUID) -> Answer:
        revision, form = find(revision_id), ReturnForm()
        if not form.validate_on_submit():
            return page(revision, return_form=form), 422
        with transaction() as session:
            way.send_back(session, revision, text=text(form.why), by=current_actor(), now=now())
        flash(_("It is a draft again, with your words."), "good")
        return _back(revision)

    @bp.post(f"{at}/remarks")
    @needs(Permission.BANK_READ)
    def say(revision_id: UUID) -> Answer:
        revision, form = find(revision_id), RemarkForm()
        if not form.validate_on_submit():
            return page(revision, remark_form=form), 422
        with transaction() as session:
            way.say(session, revision, text=text(form.text), by=current_actor(), now=now())
        return _back(revision)


def said(way: Way[R], revision: R, **forms: Form) -> dict[str, Any]:
    """Return what `bank/_review.html` tells of a version: who signed, what is said, and the forms.

    `forms` are those that came back with something wrong in them.
    """
    session, actor = database.session, current_actor()
    empty = {
        "submit_form": SubmitForm(formdata=None),
        "return_form": ReturnForm(formdata=None),
        "remark_form": RemarkForm(formdata=None),
    }
    return {
        "aspects": ASPECTS,
        "signed": {one.aspect: one for one in way.sign_offs(session, revision)},
        "signable": way.signable(session, revision, actor),
        "remarks": way.remarks(session, revision),
        "writes": holds(actor, Permission.BANK_EDIT),
        "signs": holds(actor, Permission.BANK_REVIEW),
        **empty,
        **forms,
    }


def _back(revision: Reviewed) -> Answer:
    return redirect(url_for(".show", revision_id=revision.id), 303)
