"""Wire versions: what each of them brought, and which a site speaks.

    version   brought                                                            release
    1         feeds and journals in batches; hello, push, fetch, status, enrol   the first
    2         recall, digests and inquiries; incarnations and marks at hello;    this one
              batches of the sort "repair"; entries of the kind `counters.moved`

    a site of version n meets    speaks
    n                            n
    n - 1, n - 2                 the peer's: what it sends says so in its header
    a newer one                  n; the newer one writes down
    one below n - 2              nothing: it is refused by name, and is upgraded in steps

Two rules make one body serve every version, so that nothing has to be written twice and a relay need
not understand what it carries:

- A body only ever gains fields, each with a default. Whoever does not know one keeps it in the stored
  original; a site that has learnt kinds or fields loads its feeds anew (`replication.subscribe`).
- What cannot be said that way is another kind. An entry of an unknown kind is parked and replayed
  after the upgrade; a record of one is kept for the sites below, and applied by that same load.
"""

from __future__ import annotations

from dataclasses import dataclass

WIRE_VERSION = 2
_OLDER_ONES_SPOKEN = 2


@dataclass(frozen=True, slots=True)
class Versions:
    """The wire versions that a site speaks, from `oldest` to `newest`."""

    newest: int

    @property
    def oldest(self) -> int:
        """The first one that a peer may speak."""
        return max(1, self.newest - _OLDER_ONES_SPOKEN)


#: What this software speaks.
SPOKEN = Versions(WIRE_VERSION)
