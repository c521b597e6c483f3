"""
How a log on PostgreSQL is reached: from an address without a password to connections.

    postgresql://tastyflow@db.local:5432/trading     and the schema of the environment in that database

The password is libpq's own business: ``PGPASSFILE`` (or ``~/.pgpass``), ``PGPASSWORD``, a certificate; so are TLS
(``PGSSLMODE=verify-full``) and the service file. None of it is read, shown or logged here.
"""

from typing import TYPE_CHECKING, Any, Final, LiteralString

from attrs import frozen

if TYPE_CHECKING:
    from psycopg import Connection

CONNECT_S: Final = 10
KEEPALIVE: Final[dict[str, Any]] = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A server that is gone is noticed within half a minute, and not after the two hours of the operating system."""

HELD_S: Final = 5.0
"""How long a host may do nothing in the middle of its append: one that is stopped there would stop all hosts."""
LOCK_S: Final = 12.0
"""How long an append waits for those of other hosts."""

ALWAYS_BY_INDEX: Final = ("enable_seqscan=off", "enable_hashjoin=off", "enable_mergejoin=off", "jit=off")
"""Every question to a log is for a few rows. A plan that was kept from when the log was empty would read all of it."""


@frozen
class PostgresPlace:
    """
    Attributes:
        url: Of server and database, without a password.
        schema: Of the log in that database; also the channel on which appends are told.
    """

    url: str
    schema: str

    def connect(self, *, read_only: bool = False) -> "Connection[Any]":
        """
        A connection in autocommit mode, whose search path is the log's schema.

        Raises:
            psycopg.Error: It cannot be had.
        """
        import psycopg

        connection = psycopg.connect(
            self.url, autocommit=True, connect_timeout=CONNECT_S, options=self.options(read_only=read_only), **KEEPALIVE
        )
        connection.add_notice_handler(lambda _: None)
        return connection

    def options(self, *, read_only: bool) -> str:
        """What is set for each session."""
        chosen = [f"search_path={self.schema}", "synchronous_commit=on", *ALWAYS_BY_INDEX]
        chosen.append(f"idle_in_transaction_session_timeout={HELD_S * 1000:.0f}")
        chosen.append(f"lock_timeout={LOCK_S * 1000:.0f}")
        if read_only:
            chosen.append("default_transaction_read_only=on")
        return " ".join(f"-c {each}" for each in chosen)


def literal(text: str) -> LiteralString:
    """*text*, of our own making, as a statement."""
    return text
