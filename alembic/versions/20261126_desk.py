"""The desk: tasks have a priority, what is open lies in indexes of its own, and there is a ladder to escalate by."""

import sqlalchemy as sa
from alembic import op

revision = 'e2b7d90c5a14'
down_revision = 'c3e8f07b52d6'
branch_labels = None
depends_on = None

_OPEN = sa.text('resolved_at IS NULL')
_NOT_CLOSED = sa.text('closed_at IS NULL')
_BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_ANOMALY = {
    'ix_anomaly_owner': ['owner', 'due_at', 'id', 'resolved_at'],
    'ix_anomaly_role': ['owner_role', 'due_at', 'id', 'resolved_at'],
    'ix_anomaly_risk': ['at_risk_fen', 'id', 'resolved_at'],
    'ix_anomaly_kind': ['kind', 'due_at', 'at_risk_fen', 'detected_at', 'id', 'resolved_at'],
    'ix_anomaly_level': ['level', 'due_at', 'id'],
}
_TASK = {
    'ix_task_open': ['due_at', 'id', 'closed_at'],
    'ix_task_owner': ['owner', 'due_at', 'id', 'closed_at'],
    'ix_task_role': ['owner_role', 'owner', 'due_at', 'id', 'closed_at'],
    'ix_task_kind': ['kind', 'due_at', 'id', 'closed_at'],
}


def upgrade() -> None:
    op.create_table(
        'escalation_step',
        sa.Column('id', _BIG, nullable=False),
        sa.Column('after_percent', sa.Integer(), nullable=False),
        sa.Column('told', sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint('id'),
        sa.UniqueConstraint('after_percent'),
    )
    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.add_column(sa.Column('priority', sa.String(length=32), nullable=False, server_default='medium'))
    op.execute(
        "UPDATE task SET priority = (SELECT severity FROM anomaly WHERE anomaly.id = task.anomaly_id)"
        " WHERE EXISTS (SELECT 1 FROM anomaly WHERE anomaly.id = task.anomaly_id)"
    )
    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.alter_column('priority', existing_type=sa.String(length=32), server_default=None)
        for name, columns in _TASK.items():
            batch_op.create_index(name, columns, unique=False, sqlite_where=_NOT_CLOSED, postgresql_where=_NOT_CLOSED)
        batch_op.create_index('ix_task_closed', ['closed_at', 'id'], unique=False)
    with op.batch_alter_table('anomaly', schema=None) as batch_op:
        for name, columns in _ANOMALY.items():
            batch_op.create_index(name, columns, unique=False, sqlite_where=_OPEN, postgresql_where=_OPEN)


def downgrade() -> None:
    with op.batch_alter_table('anomaly', schema=None) as batch_op:
        for name in _ANOMALY:
            batch_op.drop_index(name)
    with op.batch_alter_table('task', schema=None) as batch_op:
        for name in ('ix_task_closed', *_TASK):
            batch_op.drop_index(name)
        batch_op.drop_column('priority')
    op.drop_table('escalation_step')
