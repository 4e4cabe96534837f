"""What the events of the log are called, and why a page shows names. Both languages."""

from collections.abc import Mapping

from quizapp.core.i18n import lazy

LOOKS = ("pupil.seen", "roster.exported")  # Somebody was shown names of pupils.
# By the part before the dot: the groups from which a reader of the log chooses.
GROUPS: Mapping[str, object] = {
    "pupil": lazy("Pupils: seen, found, changed, erased"),
    "card": lazy("Login cards"),
    "sign-in": lazy("Signing in and out"),
    "window": lazy("Class windows"),
    "pictures": lazy("Picture PINs"),
    "secret": lazy("Own secrets"),
    "password": lazy("Passwords"),
    "second-factor": lazy("Second factor"),
    "recovery-code": lazy("Recovery codes used"),
    "recovery-codes": lazy("Recovery codes made"),
    "person": lazy("Staff"),
    "posting": lazy("Postings"),
    "support": lazy("Support visits"),
    "roster": lazy("Rosters"),
    "transfer": lazy("Transfers"),
    "term": lazy("Terms"),
    "unit": lazy("Units"),
    "roll": lazy("Rolls"),
    "consent": lazy("Consent"),
    "data": lazy("Requests about own data"),
    "quiz": lazy("Quizzes"),
    "sitting": lazy("Sittings"),
    "lesson": lazy("Lessons"),
    "campaign": lazy("Campaigns"),
    "content": lazy("Content"),
    "report": lazy("Reports"),
    "rollups": lazy("Roll-ups"),
    "log": lazy("The log itself"),
}
EVENTS: Mapping[str, object] = {
    "campaign.ended": lazy("ended a campaign"),
    "campaign.started": lazy("started a campaign"),
    "card.issued": lazy("made login cards"),
    "card.refused": lazy("was refused with a login card"),
    "card.used": lazy("used a login card"),
    "consent.recorded": lazy("recorded what was said about consent"),
    "content.loaded": lazy("loaded lessons and questions"),
    "data.asked": lazy("asked for something about the own data"),
    "data.decided": lazy("answered a request about own data"),
    "data.retained": lazy("deleted what had been kept long enough"),
    "lesson.opened": lazy("opened a lesson"),
    "log.cut": lazy("cut off entries of the log that were old enough"),
    "password.set": lazy("set a password"),
    "person.disabled": lazy("disabled an account"),
    "person.enabled": lazy("enabled an account again"),
    "person.invited": lazy("invited somebody"),
    "pictures.changed": lazy("changed the own pictures"),
    "posting.ended": lazy("ended a posting"),
    "posting.made": lazy("gave somebody a role"),
    "posting.moved": lazy("moved a posting to the next class"),
    "pupil.erased": lazy("erased a pupil"),
    "pupil.seen": lazy("saw names of pupils"),
    "quiz.made": lazy("made a quiz"),
    "quiz.published": lazy("opened a quiz"),
    "recovery-code.used": lazy("entered with a recovery code"),
    "recovery-codes.renewed": lazy("made new recovery codes"),
    "roll.asked": lazy("asked schools for their counts"),
    "roll.confirmed": lazy("confirmed the counts of a school"),
    "roll.corrected": lazy("changed the counts of a school"),
    "roll.entered": lazy("entered a roll"),
    "roll.objected": lazy("objected to the counts of a school"),
    "roll.signed": lazy("signed a roll"),
    "rollups.rebuilt": lazy("made the roll-ups again"),
    "roster.applied": lazy("brought a list into the roster"),
    "roster.approved": lazy("agreed to a change of the roster"),
    "roster.changed": lazy("changed the roster"),
    "roster.exported": lazy("exported a roster"),
    "roster.proposed": lazy("asked for a change of the roster"),
    "roster.refused": lazy("turned down a change of the roster"),
    "roster.undone": lazy("undid a change of the roster"),
    "second-factor.ended": lazy("ended a second factor"),
    "second-factor.set": lazy("set up the second factor"),
    "secret.changed": lazy("changed the own secret"),
    "sign-in.begun": lazy("signed in"),
    "sign-in.ended": lazy("signed out, or ended sign-ins"),
    "sign-in.others-ended": lazy("ended the other sign-ins"),
    "sign-in.refused": lazy("was refused when signing in"),
    "sitting.closed": lazy("handed in a quiz, or the time was up"),
    "sitting.started": lazy("began a quiz"),
    "support.begun": lazy("began a support visit"),
    "support.ended": lazy("ended a support visit"),
    "term.set": lazy("set a term"),
    "transfer.called-off": lazy("called a transfer off"),
    "transfer.made": lazy("let a pupil go to another school"),
    "transfer.taken": lazy("took a pupil over"),
    "unit.imported": lazy("added or renamed units"),
    "window.closed": lazy("closed a class window"),
    "window.entered": lazy("came to the names of a class window"),
    "window.freed": lazy("freed a name in a class window"),
    "window.opened": lazy("opened a class window"),
    "window.refused": lazy("typed a wrong code of a class window"),
}
# Why a page shows names: what its reader does there. By endpoint, or by the feature before the dot.
PAGES: Mapping[str, object] = {
    "cards": lazy("Printing login cards"),
    "changes": lazy("Looking after the roster"),
    "classes": lazy("Looking after the class"),
    "classes.progress": lazy("Seeing who has come how far"),
    "consent": lazy("Recording consent"),
    "consent.forms": lazy("Printing the consent form"),
    "oneroster": lazy("Exporting the roster"),
    "privacy": lazy("Answering requests about own data"),
    "privacy.erase": lazy("Deleting a pupil's data"),
    "privacy.erasure": lazy("Deleting a pupil's data"),
    "pupils": lazy("Looking after a pupil"),
    "pupils.index": lazy("Finding a pupil"),
    "roster": lazy("Bringing in a class list"),
    "transfers": lazy("Taking a pupil over"),
    "windows": lazy("Signing in inside the class"),
}


def event_said(event: str) -> str:
    """Return what the actor did, "saw names of pupils"; an event without words as it is called."""
    return str(EVENTS.get(event, event))


def page_said(page: str) -> str:
    """Return what a page is opened for; one without words as it is called."""
    return str(PAGES.get(page) or PAGES.get(page.partition(".")[0], page))
