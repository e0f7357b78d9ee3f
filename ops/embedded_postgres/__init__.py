"""A private PostgreSQL for a site that has none configured.

A site (HQ or branch) owns one server: it starts it, watches it and stops it. The server listens on
a unix socket only, in a directory that nobody else may enter, so it needs neither port nor
password.

| what happens                               | what this does                                       |
|--------------------------------------------|------------------------------------------------------|
| first start                                | creates the cluster aside, then moves it into place  |
| the site stops (`stop`)                    | fast shutdown, then immediate, then kill             |
| the site was killed, its server lives on   | the next `start` adopts it                           |
| the site and its server were killed        | the next `start` clears the remains, server recovers |
| the server was killed under a living site  | a supervising thread restarts it within about 1 s    |
| a second process wants the same directory  | waits a few seconds, then says who owns it           |

It promises what PostgreSQL promises: `fsync` and `synchronous_commit` are on unless the caller says
otherwise, and what was committed is there after any of the rows above. While the server is away,
connections fail with `OperationalError`; a pool that reconnects needs nothing else.

What cannot heal raises `EmbeddedPostgresError`, with the log file's path and its last lines. The
supervising thread never gives up: it tries again with growing pauses and logs every attempt.

PostgreSQL refuses to run as root. When root starts a site, the server runs as the owner of the
cluster if there is one already, else as the system user `pgserver`, which is created when missing. The
directories above the data and the binaries are then made passable (not readable) for it.
"""

from ops.embedded_postgres.error import EmbeddedPostgresError
from ops.embedded_postgres.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError"]
