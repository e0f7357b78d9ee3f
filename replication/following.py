"""What a child asks of its parent's feeds, and what it does with the answer, whichever way it came.

wanted  every feed that it starts from or was subscribed to, and where it stands in each
after   the same as it will be when a batch is applied, to be asked ahead
take    a batch: signature, records, position, all in the caller's transaction
        an order to load anew: a generation begins; what the parent lost is told to it, see `surplus`
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from replication import feed_history, position, subscribe, surplus
from replication.errors import RefusedError
from replication.feed_office import Restart
from replication.identity import Identity, signed_by
from replication.messages import RestartOrder, Wanted
from replication.subscribe import Outlet
from schemas.tables.link import peer
from schemas.wire.batch import BatchError, Verify, open_batch, peek, read_records


def wanted(connection: Connection, identity: Identity, outlet: Outlet) -> list[Wanted]:
    """The feeds that the site follows, its roots first.

    What was loaded before the site learnt to read more counts as never read.
    """
    reads = outlet.reads()
    held = {one.stream: one for one in position.all_feeds(connection) if one.reads == reads}
    names = [*identity.roots, *outlet.applier.followed(connection)]
    return [
        Wanted(
            stream=name,
            epoch=held[name].epoch if name in held else "",
            after=held[name].through if name in held else 0,
            target=(held[name].target or 0) if name in held else 0,
        )
        for name in dict.fromkeys(names)
    ]


def after(wants: list[Wanted], answer: bytes | RestartOrder | None) -> list[Wanted] | None:
    """What the site will ask for once it has applied a batch of a feed that it loads further; None when
    that is not known yet.
    """
    if not isinstance(answer, bytes):
        return None
    try:
        # Not verified yet: whoever takes it does that, says what is wrong, and then asks otherwise.
        header = peek(answer)
    except BatchError:
        return None
    if not any(
        one.stream == header.stream and one.target and header.through < one.target for one in wants
    ):
        return None
    return [
        one.model_copy(update={"after": header.through}) if one.stream == header.stream else one
        for one in wants
    ]


def urgent_first(connection: Connection, wants: list[Wanted], *, bulk: bool) -> list[Wanted]:
    """The feeds that are followed before those that are being loaded; these only with `bulk`."""
    loading = {one.stream for one in position.all_feeds(connection) if one.loading}
    urgent = [want for want in wants if want.stream not in loading]
    return urgent + [want for want in wants if bulk and want.stream in loading]


def take(
    connection: Connection, answer: bytes | RestartOrder, identity: Identity, outlet: Outlet
) -> None:
    """Apply the parent's answer to a fetch. Raises RefusedError, and then nothing may be kept."""
    if isinstance(answer, RestartOrder):
        _load_anew(connection, answer, identity, outlet)
        _leave_unfollowed(connection, identity, outlet)
        return
    try:
        verify = signed_by_parent(connection, identity)
        header, payload = open_batch(answer, verify, outlet.spoken.newest)
        records = read_records(header, payload)
    except BatchError as error:
        raise refusal_of(error, identity) from error
    subscribe.receive(connection, header, records, outlet)
    _leave_unfollowed(connection, identity, outlet)


def _leave_unfollowed(connection: Connection, identity: Identity, outlet: Outlet) -> None:
    for left in subscribe.unfollowed(connection, identity.roots, outlet):
        if outlet.relays:
            _tell_before_leaving(connection, left.stream, identity, outlet)
        subscribe.leave(connection, left, outlet)


def _load_anew(
    connection: Connection, order: RestartOrder, identity: Identity, outlet: Outlet
) -> None:
    history = surplus.history_in(order) if outlet.relays else None
    if history is not None:
        surplus.tell(connection, identity.site, order.stream, history, outlet.clock())
        feed_history.keep(connection, order.stream, history)
    restart = Restart(order.stream, order.epoch, order.head)
    subscribe.begin_generation(connection, restart, outlet)


def _tell_before_leaving(
    connection: Connection, stream: str, identity: Identity, outlet: Outlet
) -> None:
    """A feed that is left because the parent was put back is never ordered to be loaded anew: how far
    the parent's history goes is known from the feed that said to leave it.
    """
    newest = feed_history.find(connection, identity.roots[0]) if identity.roots else None
    if newest is not None:
        surplus.tell(connection, identity.site, stream, newest, outlet.clock())
    feed_history.forget(connection, stream)


def parent_key(connection: Connection, identity: Identity) -> bytes:
    """The key of the site's parent, as its enrolment left it."""
    query = select(peer.c.public_key).where(peer.c.site == identity.parent)
    return bytes(connection.execute(query).scalar_one())


def refusal_of(error: BatchError, identity: Identity) -> RefusedError:
    """What is said of a batch of the parent that cannot be taken; of a foreign signature, the way out."""
    if error.problem != "bad_signature":
        return RefusedError(error.problem, str(error))
    message = (
        f"{error} that is known here. If the machine of {identity.parent} was replaced, headquarters' "
        f"word for its new key comes with it by itself; where it does not, enrol {identity.site} with a "
        f"token of {identity.parent}"
    )
    return RefusedError("bad_signature", message)


def signed_by_parent(connection: Connection, identity: Identity) -> Verify:
    """Whether the site's parent made a signature."""
    return signed_by(identity.parent or "", parent_key(connection, identity))
