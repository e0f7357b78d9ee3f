"""The sftp transport, the child's end: what a thin line and a wrong server do to it."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from replication.errors import LinkDownError, RefusedError
from replication.feed_office import Want
from replication.identity import new_private_key
from replication.messages import Fetch, RestartOrder, Status, Wanted
from replication.streams import CHAIN_FEED
from replication.transport.letters.box import down, up
from replication.transport.letters.letter import seal_letter
from replication.transport.letters.numbers import Numbers
from replication.transport.letters.office import WAY, LetterOffice
from replication.transport.letters.transport import LetterTransport
from replication.transport.sftp import keys
from schemas.tables.link import letter_series, refusal
from schemas.wire.batch import peek
from schemas.wire.records import Tax
from tests.contract.letters import office, over, own_server, place_of
from tests.contract.test_transport import hello
from tests.replication.test_feed import publish
from tests.replication.transport.cut_line import CutLine
from tests.sites import SmallSite

NOTHING = Status(reports=[], sites=[])


def big_batch(branch: SmallSite) -> bytes:
    """Some 600 kB that no compression makes smaller."""
    branch.write(*(os.urandom(3000).hex().encode() for _ in range(200)))
    return branch.batch()


def settled_size(path: Path) -> int:
    """The size of a file once the server has written all that reached it before the cut."""
    sizes = [-1, 0]
    while sizes[-1] != sizes[-2] or sizes[-1] == 0:
        time.sleep(0.3)
        sizes.append(path.stat().st_size if path.exists() else 0)
    return sizes[-1]


@pytest.mark.fault("3", "the line cut mid-batch")
def test_an_upload_that_was_cut_goes_on_where_it_stopped(
    hq: SmallSite, branch: SmallSite, site_directory: Path
) -> None:
    with office(hq, site_directory), own_server(hq, site_directory) as server:
        line = CutLine(server.port)
        link = over(branch, hq, replace(place_of(server, "N001"), port=line.port))
        link.hello(hello(branch))
        data = big_batch(branch)
        before = line.carried
        line.cut_after = before + len(data) // 2
        with pytest.raises(LinkDownError):
            link.push(data)
        held = settled_size(up(site_directory / "box", "N001").path / "000000000002.push.part")
        assert len(data) // 4 < held < len(data)
        assert hq.books.applied == [], "a part is never read"
        cut = line.carried
        # The runner says hello again; the letter that broke off is finished before.
        assert link.hello(hello(branch)).mark.applied == 200
        again = line.carried - cut
        assert len(data) - held <= again < len(data) - held + 40_000, "only the rest travelled"
        assert link.push(data).applied == 200
        assert line.carried - cut == again, "its answer was there already"
        link.close()
        line.close()
    assert len(hq.books.applied) == 200


@pytest.mark.fault("3", "the line cut mid-batch")
def test_a_download_that_was_cut_goes_on_where_it_stopped(
    hq: SmallSite, branch: SmallSite, site_directory: Path
) -> None:
    noise = [Tax(tax_code=os.urandom(40).hex(), rate=1) for _ in range(6000)]
    number = publish(hq, CHAIN_FEED, *noise)
    with office(hq, site_directory), own_server(hq, site_directory) as server:
        line = CutLine(server.port)
        link = over(branch, hq, replace(place_of(server, "N001"), port=line.port))
        order = link.fetch(asking("", 0))
        assert isinstance(order, RestartOrder)
        size = len(hq.serving().feeds.serve(Want(CHAIN_FEED, order.epoch, 0)) or b"")  # type: ignore[arg-type]
        line.cut_down_after = line.brought + size // 2
        with pytest.raises(LinkDownError):
            link.fetch(asking(order.epoch, 0))
        cut = line.brought
        link.hello(hello(branch))
        data = link.fetch(asking(order.epoch, 0))
        assert isinstance(data, bytes)
        assert (len(data), peek(data).through) == (size, number)
        assert line.brought - cut < size * 3 // 4, "only the rest travelled"
        link.close()
        line.close()


def asking(epoch: str, after: int) -> Fetch:
    return Fetch(wants=[Wanted(stream=CHAIN_FEED, epoch=epoch, after=after)], wait=0)


@pytest.mark.fault("3", "an acknowledgement lost while the data arrived")
def test_an_answer_that_was_lost_is_asked_for_again(
    hq: SmallSite, branch: SmallSite, site_directory: Path
) -> None:
    """The letter arrives and is dealt with, its answer is damaged; nothing is lost or doubled."""
    walked = LetterOffice(hq.serving(), site_directory / "box", site_directory / "aside")
    with own_server(hq, site_directory) as server:
        link = over(branch, hq, place_of(server, "N001", timeout=0.5))
        branch.write(b"1")
        with pytest.raises(LinkDownError, match="no answer came in time"):
            link.push(branch.batch())
        walked.round()
        answers = down(walked.root, "N001")
        (name,) = answers.names()
        answers.put(name, answers.get(name)[:-1])
        running = LetterOffice(hq.serving(), walked.root, walked.aside, pause=0.01)
        running.start()
        with pytest.raises(LinkDownError, match="it is asked again"):
            link.push(branch.batch())
        assert link.push(branch.batch()).applied == 1
        running.stop()
        link.close()
    assert hq.books.applied == [("N001", b"1")]


def test_an_answer_to_another_letter_is_not_taken(hq: SmallSite, branch: SmallSite) -> None:
    class Echo:
        """A foreign server that hands out an answer it recorded."""

        def __init__(self) -> None:
            self.recorded: bytes | None = None

        def carry(self, name: str, letter: bytes) -> bytes:
            from replication.transport.letters.clerk import Clerk

            if self.recorded is None:
                clerk = Clerk(hq.serving(), WAY)
                read = clerk.read("N001", name, letter)
                self.recorded = clerk.written(read, "0" * 64, *clerk.answer(read))[1]
            return self.recorded

        def close(self) -> None:
            """Nothing is held."""

    numbers = Numbers(branch.feeds, "hq", WAY)
    link = LetterTransport(branch.identity, hq.identity.public_key, numbers, Echo())
    with pytest.raises(LinkDownError, match="answers another letter"):
        link.hello(hello(branch))


def test_a_restored_branch_draws_beyond_what_was_taken(
    hq: SmallSite, branch: SmallSite, site_directory: Path
) -> None:
    with office(hq, site_directory), own_server(hq, site_directory) as server:
        link = over(branch, hq, place_of(server, "N001"))
        for _ in range(3):
            link.status(NOTHING)
        with branch.feeds.begin() as connection:
            connection.execute(update(letter_series).values(sent=0))
        with pytest.raises(RefusedError) as refused:
            link.status(NOTHING)
        assert (refused.value.code, refused.value.heals) == ("replayed", True)
        link.status(NOTHING)
        link.close()


def test_another_host_key_than_the_pinned_one_ends_it(
    hq: SmallSite, branch: SmallSite, site_directory: Path
) -> None:
    with own_server(hq, site_directory) as server:
        other = keys.private(new_private_key())
        pinned = f"{other.get_name()} {other.get_base64()}"
        link = over(branch, hq, replace(place_of(server, "N001"), host_key=pinned))
        with pytest.raises(RefusedError, match="ask whoever runs it") as refused:
            link.hello(hello(branch))
        assert not refused.value.heals
        link.close()


def test_a_server_that_is_away_is_a_line_that_is_down(
    hq: SmallSite, branch: SmallSite, site_directory: Path
) -> None:
    with own_server(hq, site_directory) as server:
        where = place_of(server, "N001")
    link = over(branch, hq, where)
    with pytest.raises(LinkDownError):
        link.hello(hello(branch))
    with office(hq, site_directory), own_server(hq, site_directory) as back:
        link = over(branch, hq, place_of(back, "N001"))
        assert link.hello(hello(branch)).site == "hq"
        link.close()


def test_a_letter_of_another_site_in_the_box_is_refused(
    hq: SmallSite, branch: SmallSite, site_directory: Path
) -> None:
    from tests.replication.transport.test_office import furnish, request

    stranger = replace(branch.identity, private_key=new_private_key())
    walked = LetterOffice(hq.serving(), site_directory / "box", site_directory / "aside")
    furnish(walked, "N001")
    data = seal_letter(request(stranger, 1, "status", b"{}"), stranger.sign)
    up(walked.root, "N001").put("000000000001.status", data)
    walked.round()
    with hq.feeds.connect() as connection:
        assert connection.execute(select(refusal.c.code)).scalars().all() == ["bad_signature"]
