"""How does a migration reach the database? Through the one our settings name, with the hub's own engine."""

from sqlalchemy import JSON
from sqlmodel import AutoString, SQLModel

import orderhub.tables  # noqa: F401  (registers the tables)
from alembic import context
from orderhub.insights import bi
from orderhub.kernel.db import transaction


def migrate() -> None:
    connection = context.config.attributes.get("connection")
    if connection is not None:
        _run(connection)
        return
    with transaction() as session:
        _run(session.connection())


def _run(connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=_render,
    )
    with context.begin_transaction():
        readers = bi.lift_views(connection)
        context.run_migrations()
        # An older schema has not every column that a view of this version names.
        if set(context.get_context().get_current_heads()) == set(context.script.get_heads()):
            bi.lay_views(connection)
            if bi.is_laid(connection):
                bi.grant(connection, readers)


def _render(kind, item, autogenerate) -> str | bool:
    """Types by what they are in the database, so that a migration does not hang on today's classes."""
    if kind != "type":
        return False
    if isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    if isinstance(item, JSON):
        autogenerate.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    if type(item).__module__ == "orderhub.kernel.columns":
        return f"sa.{item.impl!r}"
    return False


migrate()
