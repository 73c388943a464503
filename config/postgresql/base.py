"""Django's backend for PostgreSQL, whose pool lends no connection that a restart of the server broke."""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base
from psycopg import OperationalError
from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    """The pool's own check takes broken connections out one by one and waits longer after each, until the
    caller's time is up. Where one is broken the server was gone, and with it all others."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection that answers. Raises OperationalError where the server does not."""
        lent = super().get_new_connection(conn_params)
        if self.pool is None:
            return lent
        try:
            ConnectionPool.check_connection(lent)
        except OperationalError:
            self.pool.putconn(lent)
            self.pool.drain()
            lent = super().get_new_connection(conn_params)
        return lent
