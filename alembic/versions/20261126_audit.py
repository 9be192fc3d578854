"""A log that only grows, sealed by a chain; who looked; from where."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'e41b7d90c2a8'
down_revision = '5b1e90c4a7d3'
branch_labels = None
depends_on = None

GUARDED = {'event': 'id', 'audit_block': 'number', 'access_log': 'id'}
SQLITE = (
    "CREATE TRIGGER {name}_no_update BEFORE UPDATE ON {name} BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END",
    "CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {name} BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END",
    """CREATE TRIGGER {name}_no_replace BEFORE INSERT ON {name} WHEN EXISTS
(SELECT 1 FROM {name} WHERE {key} = NEW.{key}) BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END""",
)
POSTGRES = (
    """CREATE OR REPLACE FUNCTION {name}_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{name} is append-only'; END $$""",
    """CREATE TRIGGER {name}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {name}
FOR EACH STATEMENT EXECUTE FUNCTION {name}_refuse()""",
)


def upgrade() -> None:
    has_address = sa.text("address <> ''")
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.add_column(sa.Column('address', sa.String(length=45), server_default='', nullable=False))
    op.create_index('ix_event_actor', 'event', ['actor', 'at'], unique=False)
    op.create_index('ix_event_kind_at', 'event', ['kind', 'at'], unique=False)
    op.create_index(
        'ix_event_address', 'event', ['address', 'at'], sqlite_where=has_address, postgresql_where=has_address
    )
    op.create_table('audit_block',
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('source', sa.String(length=32), nullable=False),
    sa.Column('reach', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('spans', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('gaps', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('marks', sa.LargeBinary(), nullable=False),
    sa.Column('previous', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('sealed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_audit_block'))
    )
    op.create_index('ix_audit_block_source', 'audit_block', ['source', 'number'], unique=False)
    op.create_table('access_log',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('address', sa.String(length=45), nullable=False),
    sa.Column('order_ids', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('about', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_access_log'))
    )
    op.create_index(op.f('ix_access_log_at'), 'access_log', ['at'], unique=False)
    op.create_index('ix_access_log_actor', 'access_log', ['actor', 'at'], unique=False)
    op.create_table('audit_run',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('total', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('blocks', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('head', sa.String(length=64), nullable=False),
    sa.Column('findings', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_run'))
    )
    for name, key in GUARDED.items():
        for statement in SQLITE if op.get_bind().dialect.name == 'sqlite' else POSTGRES:
            op.execute(statement.format(name=name, key=key))


def downgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        for word in ('update', 'delete', 'replace'):
            op.execute(f'DROP TRIGGER event_no_{word}')
    else:
        op.execute('DROP TRIGGER event_no_change ON event')
    op.drop_table('audit_run')
    op.drop_table('access_log')
    op.drop_table('audit_block')
    if op.get_bind().dialect.name != 'sqlite':
        for name in GUARDED:
            op.execute(f'DROP FUNCTION {name}_refuse()')
    for name in ('address', 'kind_at', 'actor'):
        op.drop_index(f'ix_event_{name}', 'event')
    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.drop_column('address')
