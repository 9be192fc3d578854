"""How does a table refuse to be changed? Triggers of the database itself, made wherever the table is made.

They stop the program and everybody who uses its account by mistake. Whoever owns the table can take them away; that
is what the chain notices (kernel/audit_chain.py).
"""

from sqlalchemy import DDL, event
from sqlmodel import SQLModel

# An insert may not stand in for a change: INSERT OR REPLACE deletes without asking a trigger of deletes.
_SQLITE = (
    "CREATE TRIGGER {name}_no_update BEFORE UPDATE ON {name} BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END",
    "CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {name} BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END",
    """CREATE TRIGGER {name}_no_replace BEFORE INSERT ON {name} WHEN EXISTS
(SELECT 1 FROM {name} WHERE {key} = NEW.{key}) BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END""",
)
_POSTGRES = (
    """CREATE OR REPLACE FUNCTION {name}_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{name} is append-only'; END $$""",
    """CREATE TRIGGER {name}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {name}
FOR EACH STATEMENT EXECUTE FUNCTION {name}_refuse()""",
)


def append_only(table: type[SQLModel]) -> type[SQLModel]:
    """Rows of ``table`` are written once: the database refuses to change or delete them."""
    made = SQLModel.metadata.tables[str(table.__tablename__)]
    for dialect in ("sqlite", "postgresql"):
        for statement in guards(made.name, made.primary_key.columns.keys()[0], dialect):
            event.listen(made, "after_create", DDL(statement.replace("%", "%%")).execute_if(dialect=dialect))
    return table


def guards(name: str, key: str, dialect: str) -> list[str]:
    """The statements that guard the table ``name``, whose primary key is ``key``."""
    return [each.format(name=name, key=key) for each in (_SQLITE if dialect == "sqlite" else _POSTGRES)]
