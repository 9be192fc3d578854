"""Anomalies are owned, due, and open again when they come back; a task may be for one."""

import sqlalchemy as sa
from alembic import op

revision = 'a7c4e91d3f52'
down_revision = 'd3f1b8a6e270'
branch_labels = None
depends_on = None

_OPEN = sa.text('resolved_at IS NULL')
_BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    with op.batch_alter_table('anomaly', schema=None) as batch_op:
        batch_op.add_column(sa.Column('first_role', sa.String(length=32), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('owner', sa.String(length=64), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('order_id', _BIG, nullable=True))
        batch_op.add_column(sa.Column('channel', sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column('due_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('level', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('reopened', sa.Integer(), nullable=False, server_default='0'))
        batch_op.alter_column('owner_role', existing_type=sa.String(length=32), server_default=None)
    is_sqlite = op.get_bind().dialect.name == 'sqlite'
    a_day_later = "strftime('%Y-%m-%d %H:%M:%f000', detected_at, '+1 day')" if is_sqlite else "detected_at + INTERVAL '1 day'"
    op.execute(f"UPDATE anomaly SET first_role = owner_role, due_at = {a_day_later}")
    op.execute("UPDATE anomaly SET order_id = subject_id WHERE subject_type = 'order'")
    channel = 'SELECT channel FROM orders WHERE orders.id = anomaly.order_id'
    op.execute(f"UPDATE anomaly SET channel = ({channel}) WHERE order_id IS NOT NULL")
    with op.batch_alter_table('anomaly', schema=None) as batch_op:
        batch_op.alter_column('due_at', existing_type=sa.DateTime(timezone=True), nullable=False)
        for name, kind in (('first_role', sa.String(length=32)), ('owner', sa.String(length=64)), ('level', sa.Integer()), ('reopened', sa.Integer())):
            batch_op.alter_column(name, existing_type=kind, server_default=None)
        batch_op.create_index('ix_anomaly_due', ['due_at', 'id'], unique=False, sqlite_where=_OPEN, postgresql_where=_OPEN)
        batch_op.create_index('ix_anomaly_subject', ['subject_type', 'subject_id', 'kind'], unique=False)
        batch_op.create_index('ix_anomaly_order', ['order_id'], unique=False)
    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.add_column(sa.Column('anomaly_id', _BIG, nullable=True))
        batch_op.create_index('ix_task_anomaly_id', ['anomaly_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.drop_index('ix_task_anomaly_id')
        batch_op.drop_column('anomaly_id')
    with op.batch_alter_table('anomaly', schema=None) as batch_op:
        for name in ('ix_anomaly_order', 'ix_anomaly_subject', 'ix_anomaly_due'):
            batch_op.drop_index(name)
        for name in ('reopened', 'level', 'due_at', 'channel', 'order_id', 'owner', 'first_role'):
            batch_op.drop_column(name)
