"""The link at rest: where this site stands in each stream, who its children are, what they said."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, Table, Text

from schemas.tables.base import Big, Instant, Json, metadata

#: The receiver's position, the only truth about delivery. While a generation loads, `target` is
#: the head it must reach before the rows of the older generation are swept. `reads` names the kinds
#: and fields of records that the site could keep when the generation began.
position = Table(
    "position",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("epoch", Text, primary_key=True),
    Column("through", Big, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("applied_at", Instant, nullable=False),
    Column("generation", Integer, nullable=False, server_default="1"),
    Column("target", Big),
    Column("reads", Text, nullable=False, server_default=""),
)

#: What a parent answered about this site's own journal; advice, re-learnt at every hello.
parent_mark = Table(
    "parent_mark",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("epoch", Text, nullable=False),
    Column("applied", Big, nullable=False),
    Column("secured", Big, nullable=False),
    Column("seen", Instant, nullable=False),
)

#: The same for epochs of the own journal that are over.
older_mark = Table(
    "older_mark",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("epoch", Text, primary_key=True),
    Column("applied", Big, nullable=False),
    Column("secured", Big, nullable=False),
    Column("seen", Instant, nullable=False),
)

#: The incarnation of this database: a name drawn at every start, and the one before it. A backup
#: that is put back does not bear the name that the mark outside it does.
own_incarnation = Table(
    "own_incarnation",
    metadata,
    Column("site", Text, primary_key=True),
    Column("incarnation", Text, nullable=False),
    Column("follows", Text, nullable=False),
)

#: The incarnations of the sites below, and which of a site's hellos were their first and their last.
#: One that speaks after a younger one has spoken is alive beside it: the site is forked. `refused` is
#: when a person shut it out.
incarnation = Table(
    "incarnation",
    metadata,
    Column("site", Text, primary_key=True),
    Column("incarnation", Text, primary_key=True),
    Column("follows", Text, nullable=False),
    Column("first_hello", Big, nullable=False),
    Column("last_hello", Big, nullable=False),
    Column("seen", Instant, nullable=False),
    Column("refused", Instant),
)

#: How far a site below has applied a feed, kept as history.
position_report = Table(
    "position_report",
    metadata,
    Column("site", Text, primary_key=True),
    Column("stream", Text, primary_key=True),
    Column("epoch", Text, primary_key=True),
    Column("through", Big, primary_key=True),
    Column("applied_at", Instant, nullable=False),
    Column("received", Instant, nullable=False),
)

#: What a parent has handed out of a feed, per reader: "sent" in the delivery grid.
feed_sent = Table(
    "feed_sent",
    metadata,
    Column("site", Text, primary_key=True),
    Column("stream", Text, primary_key=True),
    Column("epoch", Text, nullable=False),
    Column("through", Big, nullable=False),
    Column("sent_at", Instant, nullable=False),
)

#: The last word of each site below: backlog, oldest unsent, versions, clock, quarantine.
site_status = Table(
    "site_status",
    metadata,
    Column("site", Text, primary_key=True),
    Column("parent", Text, nullable=False),
    Column("received", Instant, nullable=False),
    Column("status", Json, nullable=False),
)

#: Letters are numbered per pair of sites and way ("sftp", "courier"): the highest number that this
#: site drew for a letter to `site`, and the highest that it took from it.
letter_series = Table(
    "letter_series",
    metadata,
    Column("site", Text, primary_key=True),
    Column("way", Text, primary_key=True),
    Column("sent", Big, nullable=False, server_default="0"),
    Column("taken", Big, nullable=False, server_default="0"),
)

#: What was taken in of each writer's entries, in a ring of minutes: `minute` tells which one a slot
#: holds now, so the table stays as small as the chain.
intake = Table(
    "intake",
    metadata,
    Column("site", Text, primary_key=True),
    Column("slot", Integer, primary_key=True),
    Column("minute", Instant, nullable=False),
    Column("entries", Big, nullable=False),
    Column("bytes", Big, nullable=False),
)

peer = Table(
    "peer",
    metadata,
    Column("site", Text, primary_key=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("enrolled", Instant, nullable=False),
    Column("revoked", Instant),
)

#: The top of the tree and its key, by which a site believes what it endorses; one row at most. The
#: top itself has none.
chain_root = Table(
    "chain_root",
    metadata,
    Column("site", Text, primary_key=True),
    Column("public_key", LargeBinary, nullable=False),
)

#: What the top says of a branch's key: at the top the newest of each branch, at a branch its own, at a
#: lane that of its branch. A larger `enrolment` replaces a smaller, never the other way.
endorsement = Table(
    "endorsement",
    metadata,
    Column("site", Text, primary_key=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("enrolment", Big, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)

#: One-time tokens: the key derived from the secret, never the secret. `used_by` is the public key
#: that took it, so that an answer which was lost on its way can be asked for again.
enrolment_token = Table(
    "enrolment_token",
    metadata,
    Column("token", Text, primary_key=True),
    Column("key", LargeBinary, nullable=False),
    Column("site", Text, nullable=False),
    Column("roots", Json, nullable=False),
    Column("issued", Instant, nullable=False),
    Column("expires", Instant, nullable=False),
    Column("used", Instant),
    Column("used_by", LargeBinary),
)

#: What was refused, counted by claimed site and reason, so that it can be seen and cannot flood.
refusal = Table(
    "refusal",
    metadata,
    Column("site", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("detail", Text, nullable=False),
    Column("count", Big, nullable=False),
    Column("first", Instant, nullable=False),
    Column("last", Instant, nullable=False),
)

#: This site in one row: who it is and which feeds it was told to start from.
site = Table(
    "site",
    metadata,
    Column("site", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("parent", Text),
    Column("private_key", LargeBinary, nullable=False),
    Column("roots", Json, nullable=False),
    Column("secrets", Json, nullable=False),
)
