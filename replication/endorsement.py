"""Which key a site has now, by the word of the top of the tree: how its children go on without a token
when its machine was replaced.

    top      at a hello under a new key: signs "site, key, enrolment n"   ──▶ the site, in its welcome
    site     keeps it; its own welcomes show it, and who is the top       ──▶ its children
    child    believes who the top is by the key of its parent that it knows, once;
             after that it believes of its parent's key what the top signed

    the parent's welcome endorses        the child
    the key that it knows                keeps the larger number
    another key, by a larger number      trusts that key from here on, and the older one never again
    another key, by no larger number     goes on with the key that it knows, and says so: it is old
    another site, or without a           goes on with the key that it knows, and says so
      signature of the top

Whoever stole a machine that was replaced has its key and an older endorsement, which convinces nobody
who has heard of the new one. A number rises with each new key; it begins at the seconds of the
clock, so that it rises as well when the top was put back from a backup that does not know the last.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import Connection, Engine, delete, select

from replication.identity import Identity, signature_holds
from replication.messages import Endorsed, Introduced, Welcome
from schemas.tables.base import reading, upsert
from schemas.tables.link import chain_root, endorsement, peer
from schemas.wire import canonical

_log = structlog.get_logger(__name__)


def shown(
    connection: Connection, identity: Identity, child: str, now: datetime
) -> tuple[Endorsed | None, Introduced | None]:
    """What a parent's welcome says of keys: its own endorsement, the child's at the top; and the top."""
    if identity.parent is None:
        root = identity.site, identity.public_key
        return _endorse(connection, identity, child, now), _introduce(identity, *root)
    top = _root(connection)
    introduced = None if top is None else _introduce(identity, *top)
    return _held(connection, identity.site), introduced


def heed(engine: Engine, identity: Identity, welcome: Welcome, now: datetime) -> str:
    """Take in what the parent's welcome says of keys; why it cannot be believed, empty when it can.

    `engine` is where the site keeps its parent's key.
    """
    with reading(engine) as connection:
        news = _News(connection, identity, welcome)
    if not news.any:
        return news.doubt
    with engine.begin() as connection:
        if news.root is not None:
            upsert(connection, chain_root, [{"site": news.root[0], "public_key": news.root[1]}])
        if news.endorsed is not None:
            _keep(connection, news.endorsed)
        if news.parent_key is not None:
            row = {
                "site": identity.parent, "public_key": news.parent_key, "enrolled": now,
                "revoked": None,
            }  # fmt: skip
            upsert(connection, peer, [row])
            _log.warning("the parent has a new key, endorsed by the top", parent=identity.parent)
    return news.doubt


def forget(connection: Connection) -> None:
    """Believe nothing that was heard before: the site is enrolled anew, by a token."""
    connection.execute(delete(chain_root))
    connection.execute(delete(endorsement))


class _News:
    """What of a welcome is new and holds; nothing is written here."""

    def __init__(self, connection: Connection, identity: Identity, welcome: Welcome) -> None:
        known = connection.execute(
            select(peer.c.public_key).where(peer.c.site == identity.parent)
        ).scalar()
        self._known = None if known is None else bytes(known)
        self._identity = identity
        self.root: tuple[str, bytes] | None = None
        self.endorsed: Endorsed | None = None
        self.parent_key: bytes | None = None
        self.doubt = ""
        top = _root(connection)
        if top is None and welcome.root is not None:
            top = self.root = self._introduced(welcome.root)
        if welcome.endorsement is not None:
            self._weigh(connection, welcome.endorsement, top)

    @property
    def any(self) -> bool:
        """Whether there is anything to write."""
        return self.root is not None or self.endorsed is not None

    def _introduced(self, root: Introduced) -> tuple[str, bytes] | None:
        if self._known is None or not _holds(self._known, root.signature, _root_words(root)):
            return None
        return root.site, bytes.fromhex(root.public_key)

    def _weigh(self, connection: Connection, told: Endorsed, top: tuple[str, bytes] | None) -> None:
        own = told.site == self._identity.site
        present = self._identity.public_key if own else self._known
        same = present is not None and told.public_key == present.hex()
        if own and not same:
            return  # Of another machine of this site: nothing that this one could show.
        reason = self._reason(told, top)
        held = _held(connection, told.site)
        newer = held is None or told.enrolment > held.enrolment
        if not reason and not newer and not same:
            reason = f"number {told.enrolment} is not above the one known here: it is an old one"
        if reason:
            self.doubt = "" if same else self._way_out(reason)
        elif newer:
            self.endorsed = told
            self.parent_key = None if same else bytes.fromhex(told.public_key)

    def _reason(self, told: Endorsed, top: tuple[str, bytes] | None) -> str:
        if told.site not in (self._identity.site, self._identity.parent):
            return f"it is for {told.site}"
        if top is None:
            return "the key of the chain's headquarters was never told here"
        if not _holds(top[1], told.signature, _endorsed_words(told)):
            return f"it is not signed by {top[0]}"
        return ""

    def _way_out(self, reason: str) -> str:
        parent = self._identity.parent
        return (
            f"{parent} shows an endorsement of another key than the one known here, and it is not "
            f"believed: {reason}. If the machine of {parent} was replaced, issue a token there for "
            f"{self._identity.site} and enrol this site with it; otherwise somebody poses as {parent}"
        )


def _endorse(
    connection: Connection, identity: Identity, site: str, now: datetime
) -> Endorsed | None:
    key = connection.execute(select(peer.c.public_key).where(peer.c.site == site)).scalar()
    if key is None:
        return None
    held = _held(connection, site)
    if held is not None and held.public_key == bytes(key).hex():
        return held
    number = max(1 + (held.enrolment if held else 0), int(now.timestamp()))
    bare = Endorsed(site=site, public_key=bytes(key).hex(), enrolment=number, signature="")
    made = bare.model_copy(update={"signature": identity.sign(_endorsed_words(bare)).hex()})
    _keep(connection, made)
    return made


def _introduce(identity: Identity, site: str, key: bytes) -> Introduced:
    bare = Introduced(site=site, public_key=key.hex(), signature="")
    return bare.model_copy(update={"signature": identity.sign(_root_words(bare)).hex()})


def _endorsed_words(told: Endorsed) -> bytes:
    """What the top signs."""
    said = {"site": told.site, "public_key": told.public_key, "enrolment": told.enrolment}
    return b"chainwright.endorsement.1\n" + canonical.encode(said)


def _root_words(root: Introduced) -> bytes:
    """What a parent signs to tell who the top is."""
    return b"chainwright.root.1\n" + canonical.encode(
        {"site": root.site, "public_key": root.public_key}
    )


def _holds(key: bytes, signature: str, words: bytes) -> bool:
    try:
        return signature_holds(key, bytes.fromhex(signature), words)
    except ValueError:
        return False


def _root(connection: Connection) -> tuple[str, bytes] | None:
    row = connection.execute(select(chain_root)).one_or_none()
    return None if row is None else (row.site, bytes(row.public_key))


def _held(connection: Connection, site: str) -> Endorsed | None:
    row = connection.execute(select(endorsement).where(endorsement.c.site == site)).one_or_none()
    if row is None:
        return None
    return Endorsed(
        site=row.site, public_key=bytes(row.public_key).hex(), enrolment=row.enrolment,
        signature=bytes(row.signature).hex(),
    )  # fmt: skip


def _keep(connection: Connection, told: Endorsed) -> None:
    row = {
        "site": told.site, "public_key": bytes.fromhex(told.public_key),
        "enrolment": told.enrolment, "signature": bytes.fromhex(told.signature),
    }  # fmt: skip
    upsert(connection, endorsement, [row])
