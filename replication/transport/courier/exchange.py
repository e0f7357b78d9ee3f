"""The exchange at headquarters: a stick's letters are dealt with, its answers put beside them.

    what lies on the stick          what happens
    a letter whose turn it is       dealt with, its answer on the stick, then its number is taken
    a fetch                         answered with batch after batch, as if the branch had asked again and
                                    again, up to `most` bytes, and an end that says whether there is more
    a recall                        answered likewise, with the branch's own entries
    a letter that was taken before  refused as replayed; its answer is not written again. Where none
                                    lies there, the refusal is put there once: a branch that was
                                    restored learns from it which numbers are taken
    a letter that is missing        named; what follows it is dealt with: a gap is refused by itself
    a damaged or foreign file       named, like the rest

A stick taken away in the middle is carried on with: what was not taken yet is dealt with next time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from replication.errors import RefusedError
from replication.messages import Fetch, Recall, RestartOrder, Wanted
from replication.parent import Parent
from replication.transport.courier.stick import WAY, Stick, StickError, missing, seal, unseal
from replication.transport.letters.clerk import Clerk
from replication.transport.letters.letter import Kind, Letter, digest_of, numbered
from schemas.wire.batch import peek


@dataclass(slots=True)
class Exchanged:
    """What became of one branch's letters; `problems` name the file and the way out."""

    site: str
    letters: int = 0
    answers: int = 0
    more: bool = False
    problems: list[str] = field(default_factory=list)


def exchange(parent: Parent, root: Path, most: int) -> list[Exchanged]:
    """Deal with every branch's letters on a stick; `most` bounds each one's feeds, in bytes.

    Raises StickError when there are none.
    """
    sites = sorted(path.parent.name for path in root.glob("*/up") if path.is_dir())
    if not sites:
        raise StickError(f"{root} carries no letters: a branch packs them with `courier pack`")
    return [_Exchange(parent, Stick(root, site), most).run() for site in sites]


class _Exchange:
    """The exchange of one branch."""

    def __init__(self, parent: Parent, stick: Stick, most: int) -> None:
        self._parent = parent
        self._clerk = Clerk(parent, WAY)
        self._stick = stick
        self._most = most
        self._done = Exchanged(stick.site)
        self._gaps = 0

    def run(self) -> Exchanged:
        site = self._stick.site
        try:
            reader = self._parent.public_key(site)
        except RefusedError as error:
            self._parent.refused(site, error.code, f"courier: {error}")
            self._done.problems.append(f"{self._stick.up.path}: {error}")
            return self._done
        self._stick.down.prepare()
        names, answered = self._stick.up.names(), set(self._stick.down.names())
        replayed, first, last = 0, 0, 0
        for name in names:
            try:
                data = unseal(self._stick.up, name, self._parent.identity.private_key)
                letter = self._clerk.read(site, name, data)
            except StickError as error:
                self._done.problems.append(str(error))
                continue
            except RefusedError as error:
                if error.code == "replayed" and not replayed and name not in answered:
                    self._put(
                        reader, *self._clerk.refuse(self._clerk.unread(site, name), data, error)
                    )
                else:
                    self._parent.refused(site, error.code, f"courier: {error}")
                replayed += error.code == "replayed"
                if error.code != "replayed":
                    self._refused(name, error)
                continue
            first = first or letter.first
            last = letter.number if letter.verb == "fetch" else last
            self._deal(letter, data, reader)
        self._explain(names, replayed, first, last)
        return self._done

    def _deal(self, letter: Letter, data: bytes, reader: bytes) -> None:
        for old in self._stick.down.names():
            if numbered(old)[0] < letter.first:
                self._stick.down.remove(old)
        digest = digest_of(data)
        try:
            for part, (kind, body) in enumerate(self._answers(letter)):
                self._put(reader, *self._clerk.written(letter, digest, kind, body, part))
                self._done.answers += 1
        except RefusedError as error:
            self._refused(letter.name, error)
            self._put(reader, *self._clerk.refuse(letter, data, error))
        self._clerk.numbers(letter.site).take(letter.number)
        self._done.letters += 1

    def _put(self, reader: bytes, name: str, answer: bytes) -> None:
        self._stick.down.put(name, seal(answer, reader))

    def _given_back(self, letter: Letter) -> Iterator[tuple[Kind, bytes]]:
        recall, sent = Recall.model_validate_json(letter.body), 0
        while sent < self._most and (answer := self._parent.recall(letter.site, recall)):
            recall = recall.model_copy(update={"after": peek(answer).through})
            sent += len(answer)
            yield "answer", answer
        yield "nothing", b""

    def _answers(self, letter: Letter) -> Iterator[tuple[Kind, bytes]]:
        if letter.verb == "recall":
            yield from self._given_back(letter)
            return
        if letter.verb != "fetch":
            yield self._clerk.answer(letter)
            return
        fetch = Fetch.model_validate_json(letter.body)
        wants = {want.stream: want for want in fetch.wants}
        asked, sent = dict(wants), 0
        while answer := self._parent.fetch(
            letter.site, fetch.model_copy(update={"wants": list(wants.values()), "wait": 0})
        ):
            if sent >= self._most:
                self._done.more = True
                break
            if isinstance(answer, RestartOrder):
                wants[answer.stream] = Wanted(
                    stream=answer.stream, epoch=answer.epoch, after=0, target=answer.head
                )
                # The branch may have moved on by line meanwhile: it compares where it stood.
                stood = asked[answer.stream]
                order = {**answer.model_dump(), "stood_epoch": stood.epoch, "stood": stood.after}
                yield "restart", json.dumps(order).encode()
                continue
            header = peek(answer)
            moved = {"epoch": header.epoch, "after": header.through}
            wants[header.stream] = wants[header.stream].model_copy(update=moved)
            sent += len(answer)
            yield "answer", answer
        yield "end", json.dumps({"more": self._done.more}).encode()

    def _refused(self, name: str, error: RefusedError) -> None:
        self._gaps += error.code == "gap"
        if error.code != "gap" or self._gaps == 1:
            way_out = "; the next stick begins where it must" if error.code == "gap" else ""
            problem = f"{self._stick.up.path / name} was refused: {error.code}: {error}{way_out}"
            self._done.problems.append(problem)

    def _explain(self, names: list[str], replayed: int, first: int, last: int) -> None:
        up, numbers = self._stick.up, {numbered(name)[0] for name in names}
        if replayed:
            self._done.problems.append(
                f"{up.path}: {replayed} of {len(names)} letters were taken before, from this stick or a "
                "younger one; take it back to the branch, where the answers are unpacked or new "
                "letters packed"
            )
        if first:
            until = last or max(numbers)
            self._done.problems += missing(up, range(first, until + 1), numbers, "letter")
        if first and not last:
            self._done.problems.append(
                f"{up.path} lacks its last letter, the fetch: no feeds were answered; copy the whole "
                "directory again, or pack anew"
            )
        if not names:
            self._done.problems.append(f"{up.path} is empty: pack it at {self._stick.site} first")
