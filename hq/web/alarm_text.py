"""Alarms in a person's language: what it is, in which words, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from hq.link_alarms import Alarm, AlarmCode
from replication.console.languages import msgid
from replication.console.page import Page

_NAMES: Mapping[AlarmCode, str] = {
    "forked": msgid("Forked"),
    "copied": msgid("Two copies"),
    "trouble": msgid("Link refused"),
    "silent": msgid("Never heard"),
    "offline": msgid("Not heard"),
    "behind": msgid("Unsent"),
    "lagging": msgid("Feed lags"),
    "loading": msgid("Load stands still"),
    "unsecured": msgid("Not at headquarters"),
    "quarantined": msgid("Waits for a person"),
    "skewed": msgid("Clock"),
    "outrun": msgid("Backup too old"),
    "refused": msgid("Refused"),
}
_TEXTS: Mapping[AlarmCode, str] = {
    "forked": msgid("Its journal does not continue the one that is held here: %(subject)s"),
    "copied": msgid("Copies of it that are alive: %(subject)s"),
    "trouble": msgid("It says why its link is refused: %(subject)s"),
    "silent": msgid("A token or a key was issued, and it never spoke."),
    "offline": msgid("It has not been heard."),
    "behind": msgid("Entries not sent: %(count)s."),
    "lagging": msgid("Records of %(subject)s not applied: %(count)s."),
    "loading": msgid("The load of %(subject)s makes no progress; records missing: %(count)s."),
    "unsecured": msgid("Entries of this lane not at headquarters: %(count)s."),
    "quarantined": msgid("Entries waiting at %(subject)s: %(count)s."),
    "skewed": msgid("Its clock is %(count)s s off."),
    "outrun": msgid(
        "It keeps its journal for %(count)s days, the oldest backup may be %(subject)s days old."
    ),
    "refused": msgid("Requests in its name refused as %(subject)s: %(count)s."),
}
_FORKS = msgid("Entries whose number another has: %(count)s.")
_ADVICE: Mapping[AlarmCode, str] = {
    "forked": msgid("It was restored or copied: compare both, set the wrong one down."),
    "copied": msgid(
        "Shut one of them out: hq shut-out; of a lane at its branch: branch shut-out. Nothing is lost."
    ),
    "trouble": msgid("Mend what it says; issue a token if its key was lost."),
    "silent": msgid("Enrol it with its token, or revoke it."),
    "offline": msgid("Look after its line, then after the site: nothing is lost, it catches up."),
    "behind": msgid("Look after its line: it sends by itself."),
    "lagging": msgid("Look at its log and its disk: it applies by itself."),
    "loading": msgid("Look at its log and its disk: it goes on where it stands."),
    "unsecured": msgid("Keep the lane's disk: its branch may have lost what it had taken."),
    "quarantined": msgid("Retry it once its cause is mended, or set it down with a reason."),
    "skewed": msgid("Set its clock: receipts are dated by it."),
    "outrun": msgid("Keep younger backups and lower backup_days, or let it keep more: keep_days."),
    "refused": msgid("Find out who asks in its name: compare its key, issue a token."),
}
_UPGRADE = msgid("Upgrade headquarters first, then its branches, then their lanes.")
_UNITS = (
    (timedelta(days=1), msgid("%(number)s d")),
    (timedelta(hours=1), msgid("%(number)s h")),
    (timedelta(minutes=1), msgid("%(number)s min")),
)
_SECONDS = msgid("%(number)s s")
_AT_ONCE = msgid("at once")
_HERE = msgid("headquarters")


def alarm_name(page: Page, code: AlarmCode) -> str:
    """The alarm in a word or two, for a chip."""
    return page.gettext(_NAMES[code])


def alarm_text(page: Page, alarm: Alarm) -> str:
    """What it is about, in a sentence."""
    subject = alarm.subject.removeprefix("feed:")
    if alarm.code == "forked" and subject == "quarantine":
        return page.gettext(_FORKS, count=alarm.count)
    if alarm.code == "quarantined" and subject == "hq":
        subject = page.gettext(_HERE)
    return page.gettext(_TEXTS[alarm.code], count=alarm.count, subject=subject)


def alarm_advice(page: Page, alarm: Alarm) -> str:
    """What to do about it."""
    if alarm.code == "refused" and alarm.subject == "wire_version":
        return page.gettext(_UPGRADE)
    return page.gettext(_ADVICE[alarm.code])


def allowed(page: Page, deadline: timedelta | None) -> str:
    """How long its state may last."""
    if deadline is None:
        return page.gettext(_AT_ONCE)
    for unit, text in _UNITS:
        if deadline >= 2 * unit:
            return page.gettext(text, number=deadline // unit)
    return page.gettext(_SECONDS, number=deadline // timedelta(seconds=1))
