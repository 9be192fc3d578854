"""What somebody does who owns the database: the guards are taken off, something is changed, and they are put back."""

from typing import Any

from sqlalchemy import text

from orderhub.kernel.append_only import guards
from orderhub.kernel.db import Database


def tamper(database: Database, *statements: str, table: str = "event", key: str = "id", **values: Any) -> None:
    with database.transaction() as session:
        connection = session.connection()
        if database.embedded:
            for word in ("update", "delete", "replace"):
                connection.exec_driver_sql(f"DROP TRIGGER {table}_no_{word}")
        else:
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            connection.execute(text(statement), values)
        if database.embedded:
            for guard in guards(table, key, "sqlite"):
                connection.exec_driver_sql(guard)
        else:
            connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE TRIGGER USER")
