"""The contract of every transport: the same promises, whatever lies between child and parent.

A transport carries; it decides nothing. Here each is tried with a real parent on a real database.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from replication import enrolment, identity, journal, position
from replication.digest_messages import Asked, FeedAnswer
from replication.errors import LinkDownError, RefusedError
from replication.messages import Fetch, Hello, JournalHead, RestartOrder, SiteStatus, Status, Wanted
from replication.streams import CHAIN_FEED
from replication.testing import MemoryTransport
from replication.transport.base import Transport, online
from replication.transport.http import HttpTransport
from replication.transport.http_server import LinkServer
from replication.transport.letters.transport import LetterTransport
from schemas.tables.link import site_status
from schemas.wire.batch import peek
from schemas.wire.records import Tax
from schemas.wire.versions import WIRE_VERSION
from tests.contract.letters import by_hand, by_openssh, by_own_server
from tests.peers.openssh import find_sshd
from tests.replication.test_feed import publish
from tests.serving import served
from tests.sites import NOON, SmallSite, Town

Connect = Callable[[SmallSite], Transport]


@contextmanager
def linked(site: SmallSite) -> Iterator[str]:
    """A parent behind a real server; its address."""
    links = LinkServer(site.serving())
    links.listener.start()
    with served(Starlette(routes=links.routes())) as address:
        yield address
    links.listener.stop()


@pytest.fixture
def hq(town: Town) -> SmallSite:
    return town.headquarters()


@pytest.fixture
def branch(town: Town, hq: SmallSite) -> SmallSite:
    return town.branch("N001", hq)


#: What the contract is tried over. `sshd` is the sftp transport with OpenSSH's server, where there
#: is one; tests/peers/test_found.py says whether.
WAYS = ("memory", "http", "sftp", "courier", *(["sshd"] if find_sshd() else []))


@pytest.fixture(params=WAYS)
def connect(
    request: pytest.FixtureRequest, hq: SmallSite, branch: SmallSite, site_directory: Path
) -> Iterator[Connect]:
    """Give what makes a child's transport to headquarters."""
    made: list[Transport] = []
    with ExitStack() as stack:
        make = _ways(stack, hq, branch, site_directory)[request.param]()

        def remembered(child: SmallSite) -> Transport:
            made.append(make(child))
            return made[-1]

        yield remembered
        for transport in made:
            transport.close()


def _ways(
    stack: ExitStack, hq: SmallSite, branch: SmallSite, place: Path
) -> dict[str, Callable[[], Connect]]:
    def over_http() -> Connect:
        address = stack.enter_context(linked(hq))
        return lambda child: HttpTransport(address, child.identity)

    def over_sshd() -> Connect:
        program = find_sshd()
        assert program is not None
        return stack.enter_context(by_openssh(hq, branch, place, program))

    return {
        "memory": lambda: lambda child: MemoryTransport(hq.serving(), child.name),
        "http": over_http,
        "sftp": lambda: stack.enter_context(by_own_server(hq, place)),
        "courier": lambda: lambda child: by_hand(hq, child, place),
        "sshd": over_sshd,
    }


def hello(child: SmallSite) -> Hello:
    head = JournalHead(stream=child.stream, epoch=epoch_of(child), head=len(child.entries()))
    return Hello(site=child.name, wire=WIRE_VERSION, clock=NOON, journal=head)


def epoch_of(site: SmallSite) -> str:
    with site.journals.connect() as connection:
        return journal.head_of(connection, site.stream).epoch


def test_hello_tells_where_the_parent_stands(branch: SmallSite, connect: Connect) -> None:
    link = connect(branch)
    assert link.hello(hello(branch)).mark.applied == 0
    branch.write(b"1", b"2")
    link.push(branch.batch())
    welcome = link.hello(hello(branch))
    assert (welcome.site, welcome.mark.applied, welcome.mark.secured) == ("hq", 2, 2)


def test_a_push_is_applied_and_its_repeat_changes_nothing(
    hq: SmallSite, branch: SmallSite, connect: Connect
) -> None:
    link = connect(branch)
    link.hello(hello(branch))
    branch.write(b"1")
    assert link.push(branch.batch()).applied == link.push(branch.batch()).applied == 1
    assert hq.books.applied == [("N001", b"1")]


def test_a_refusal_arrives_with_its_code(branch: SmallSite, connect: Connect) -> None:
    link = connect(branch)
    link.hello(hello(branch))
    branch.write(b"1", b"2")
    with pytest.raises(RefusedError) as refused:
        link.push(branch.batch(after=1))
    assert refused.value.code == "gap"


def test_a_feed_is_ordered_loaded_and_followed(
    hq: SmallSite, branch: SmallSite, connect: Connect
) -> None:
    link = connect(branch)
    link.hello(hello(branch))
    number = publish(hq, CHAIN_FEED, Tax(tax_code="full", rate=1300))
    order = link.fetch(Fetch(wants=[Wanted(stream=CHAIN_FEED, epoch="", after=0)], wait=0))
    assert isinstance(order, RestartOrder)
    want = Wanted(stream=CHAIN_FEED, epoch=order.epoch, after=0)
    data = link.fetch(Fetch(wants=[want], wait=0))
    assert isinstance(data, bytes)
    assert peek(data).through == number
    want = Wanted(stream=CHAIN_FEED, epoch=order.epoch, after=number)
    assert link.fetch(Fetch(wants=[want], wait=0)) is None


def test_a_status_is_kept(hq: SmallSite, branch: SmallSite, connect: Connect) -> None:
    link = connect(branch)
    link.hello(hello(branch))
    own = SiteStatus(
        site="N001", parent="hq", clock=NOON, wire=1, pending=3, oldest_unsent=None, quarantine=0
    )
    foreign = own.model_copy(update={"site": "N002"})
    link.status(Status(reports=[], sites=[own, foreign]))
    with hq.feeds.connect() as connection:
        (row,) = connection.execute(select(site_status)).all()
    assert (row.site, row.status["pending"]) == ("N001", 3)


def test_a_site_enrols_with_a_token(hq: SmallSite, branch: SmallSite, connect: Connect) -> None:
    with hq.feeds.begin() as connection:
        token = enrolment.issue(connection, "N009", [CHAIN_FEED], NOON, timedelta(hours=1))
    key = identity.Identity("?", "branch", "hq", identity.new_private_key()).public_key
    link = connect(branch)
    admission = enrolment.accept(token, key, link.enrol(enrolment.ask(token, key)))
    again = enrolment.accept(token, key, link.enrol(enrolment.ask(token, key)))
    assert admission == again
    assert (admission.site, admission.parent, admission.roots) == ("N009", "hq", (CHAIN_FEED,))
    assert hq.serving().public_key("N009") == key
    other = identity.Identity("?", "branch", "hq", identity.new_private_key()).public_key
    with pytest.raises(RefusedError, match="used already"):
        link.enrol(enrolment.ask(token, other))


def test_a_branch_lives_over_any_transport(
    hq: SmallSite, branch: SmallSite, connect: Connect
) -> None:
    """The runner's loops, one by one: what was sold arrives, what was published is applied."""
    number = publish(hq, CHAIN_FEED, Tax(tax_code="full", rate=1300))
    branch.write(*(str(count).encode() for count in range(700)))
    rooted = replace(branch.identity, roots=(CHAIN_FEED,))
    branch.identity = rooted
    runner = branch.link(connect(branch))
    while (applied := len(hq.books.applied)) < 700:
        runner.push_once()
        assert len(hq.books.applied) > applied, "every push brings some of them"
    for _ in range(2):
        runner.fetch_once()
    runner.report_once()
    assert branch.stands_at(CHAIN_FEED, epoch_of_feed(branch)) == number
    with hq.feeds.connect() as connection:
        assert connection.execute(select(site_status.c.site)).scalars().all() == ["N001"]


def epoch_of_feed(site: SmallSite) -> str:
    with site.feeds.connect() as connection:
        return position.all_feeds(connection)[0].epoch


def test_a_question_is_answered_or_refused(
    hq: SmallSite, branch: SmallSite, connect: Connect
) -> None:
    """Only what answers at once carries questions; what carries files refuses them by name."""
    transport = connect(branch)
    transport.hello(hello(branch))
    if isinstance(transport, LetterTransport):
        with pytest.raises(RefusedError) as refused:
            online(transport)
        assert refused.value.code == "not_online"
        return
    link = online(transport)
    publish(hq, CHAIN_FEED, Tax(tax_code="full", rate=1300))
    question = {"stream": CHAIN_FEED, "epoch": "", "through": 0, "view": "applied", "fields": {}}
    answer = FeedAnswer.model_validate_json(link.ask(Asked(topic="feed", question=question)))
    assert answer.obstacle == "epoch"
    for topic, wrong in (("feed", {}), ("weather", question)):
        with pytest.raises(RefusedError) as refused:
            link.ask(Asked(topic=topic, question=wrong))
        assert refused.value.code == "malformed"


def test_a_closed_transport_has_no_line(branch: SmallSite, connect: Connect) -> None:
    link = connect(branch)
    link.hello(hello(branch))
    link.close()
    branch.write(b"1")
    with pytest.raises(LinkDownError):
        link.push(branch.batch())


def test_a_long_poll_is_woken_by_what_is_published(hq: SmallSite, branch: SmallSite) -> None:
    with linked(hq) as address:
        link = HttpTransport(address, branch.identity)
        link.hello(hello(branch))
        timer = threading.Timer(0.3, publish, (hq, CHAIN_FEED, Tax(tax_code="full", rate=1)))
        timer.start()
        order = link.fetch(Fetch(wants=[Wanted(stream=CHAIN_FEED, epoch="", after=0)], wait=30))
        timer.join()
        link.close()
    assert isinstance(order, RestartOrder)


def test_a_parent_that_knows_no_questions_is_not_asked_for_ever(
    hq: SmallSite, branch: SmallSite
) -> None:
    links = LinkServer(hq.serving())
    older = [route for route in links.routes() if route.path != "/link/digest"]
    with served(Starlette(routes=older)) as address:
        link = HttpTransport(address, branch.identity)
        link.hello(hello(branch))
        with pytest.raises(RefusedError, match="upgrade the parent") as refused:
            link.ask(Asked(topic="feed", question={}))
        link.close()
    assert not refused.value.heals
