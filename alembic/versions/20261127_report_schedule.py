"""Reports that are sent by themselves, and the files of each sending."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '6d1f83b0c29e'
down_revision = '9b27e4d0a5f3'
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_JSON = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')


def upgrade() -> None:
    op.create_table('report_schedule',
    sa.Column('id', _BIG, nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('reports', _JSON, nullable=False),
    sa.Column('period', sa.String(length=32), nullable=False),
    sa.Column('weekday', sa.Integer(), nullable=False),
    sa.Column('at_minute', sa.Integer(), nullable=False),
    sa.Column('mails', _JSON, nullable=False),
    sa.Column('robot_id', _BIG, nullable=False),
    sa.Column('lang', sa.String(length=2), nullable=False),
    sa.Column('owner_id', _BIG, nullable=False),
    sa.Column('owner', sa.String(length=64), nullable=False),
    sa.Column('is_on', sa.Boolean(), nullable=False),
    sa.Column('off', sa.String(length=32), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failure', sa.String(length=300), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_schedule'))
    )
    op.create_index(op.f('ix_report_schedule_next_at'), 'report_schedule', ['next_at'], unique=False)
    op.create_table('report_run',
    sa.Column('id', _BIG, nullable=False),
    sa.Column('schedule_id', _BIG, nullable=False),
    sa.Column('slot_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_asked', sa.Boolean(), nullable=False),
    sa.Column('owner_id', _BIG, nullable=False),
    sa.Column('owner', sa.String(length=64), nullable=False),
    sa.Column('mails', _JSON, nullable=False),
    sa.Column('robot_id', _BIG, nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('address', sa.String(length=300), nullable=False),
    sa.Column('figures', _JSON, nullable=False),
    sa.Column('workbook', sa.LargeBinary(), nullable=False),
    sa.Column('picture', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_run')),
    sa.UniqueConstraint('schedule_id', 'slot_at', 'is_asked', name=op.f('uq_report_run_schedule_id_slot_at_is_asked'))
    )
    op.create_index(op.f('ix_report_run_done_at'), 'report_run', ['done_at'], unique=False)


def downgrade() -> None:
    op.drop_table('report_run')
    op.drop_table('report_schedule')
