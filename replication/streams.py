"""The names of streams and who may write which.

feed:chain            headquarters to everybody
feed:group:<name>     headquarters to a branch group
feed:branch:<branch>  headquarters to one branch and its lanes
feed:local:<branch>   a branch to its own lanes
journal:<site>        a site to its parent
"""

from __future__ import annotations

CHAIN_FEED = "feed:chain"


def journal_of(site: str) -> str:
    """The journal that `site` writes and nobody else may."""
    return f"journal:{site}"


def site_of(journal: str) -> str:
    """The site whose journal it is. Raises ValueError for another kind of stream."""
    kind, _, site = journal.partition(":")
    if kind != "journal" or not site:
        message = f"{journal!r} is not a journal"
        raise ValueError(message)
    return site


def group_feed(group: str) -> str:
    """The feed of a branch group."""
    return f"feed:group:{group}"


def branch_feed(branch: str) -> str:
    """The feed from headquarters to one branch."""
    return f"feed:branch:{branch}"


def local_feed(branch: str) -> str:
    """The feed from a branch to its lanes."""
    return f"feed:local:{branch}"
