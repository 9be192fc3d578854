"""Workflows and jobs that stand still, the clock's timetable, and which phrase a scan is read by."""

import sqlalchemy as sa
from alembic import op

revision = 'd92b6f41c7e0'
down_revision = 'ef6a9b2d03e2'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_PHRASE = sa.text('phrase_id IS NOT NULL')


def upgrade() -> None:
    op.create_table('standstill',
    sa.Column('id', _ID, nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('by', sa.String(length=64), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_standstill')),
    sa.UniqueConstraint('kind', 'name', name=op.f('uq_standstill_kind_name'))
    )
    op.create_table('planned_job',
    sa.Column('id', _ID, nullable=False),
    sa.Column('job', sa.String(length=64), nullable=False),
    sa.Column('every_seconds', sa.Integer(), nullable=False),
    sa.Column('at_minute', sa.Integer(), nullable=False),
    sa.Column('planned_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_planned_job')),
    sa.UniqueConstraint('job', name=op.f('uq_planned_job_job'))
    )
    with op.batch_alter_table('scan', schema=None) as batch_op:
        batch_op.add_column(sa.Column('phrase_id', _ID, nullable=True))
        batch_op.create_index('ix_scan_phrase', ['phrase_id', 'track_id'], unique=False, sqlite_where=_PHRASE, postgresql_where=_PHRASE)

    with op.batch_alter_table('scan_phrase', schema=None) as batch_op:
        batch_op.add_column(sa.Column('met_count', _ID, nullable=False, server_default='1'))
        batch_op.add_column(sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('tracking_no', sa.String(length=64), nullable=False, server_default=''))

    op.execute('UPDATE scan_phrase SET seen_at = met_at')
    with op.batch_alter_table('scan_phrase', schema=None) as batch_op:
        batch_op.alter_column('seen_at', existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.alter_column('met_count', existing_type=_ID, server_default=None)
        batch_op.alter_column('tracking_no', existing_type=sa.String(length=64), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('scan_phrase', schema=None) as batch_op:
        batch_op.drop_column('tracking_no')
        batch_op.drop_column('seen_at')
        batch_op.drop_column('met_count')

    with op.batch_alter_table('scan', schema=None) as batch_op:
        batch_op.drop_index('ix_scan_phrase', sqlite_where=_PHRASE, postgresql_where=_PHRASE)
        batch_op.drop_column('phrase_id')

    op.drop_table('planned_job')
    op.drop_table('standstill')
