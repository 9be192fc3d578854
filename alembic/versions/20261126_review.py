"""Holds end by themselves or take two people; SKUs have a floor price."""

import sqlalchemy as sa
from alembic import op


revision = '5b8e21c7d4fa'
down_revision = 'c5468005d06e'
branch_labels = None
depends_on = None

_DUE = sa.text('released_at IS NULL AND expires_at IS NOT NULL')
_FLOOR = sa.text('floor_fen > 0')


def upgrade() -> None:
    with op.batch_alter_table('hold', schema=None) as batch_op:
        batch_op.add_column(sa.Column('hours_before_promise', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('vouched_by', sa.String(length=64), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('vouched_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('vouch_note', sa.String(length=200), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('sent_back_by', sa.String(length=64), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('sent_back_note', sa.String(length=200), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('release_note', sa.String(length=200), nullable=False, server_default=''))
        batch_op.create_index('ix_hold_due', ['expires_at'], unique=False, sqlite_where=_DUE, postgresql_where=_DUE)

    with op.batch_alter_table('sku', schema=None) as batch_op:
        batch_op.add_column(sa.Column('floor_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, server_default='0'))
        batch_op.create_index('ix_sku_floor', ['id'], unique=False, sqlite_where=_FLOOR, postgresql_where=_FLOOR)


def downgrade() -> None:
    with op.batch_alter_table('sku', schema=None) as batch_op:
        batch_op.drop_index('ix_sku_floor', sqlite_where=_FLOOR, postgresql_where=_FLOOR)
        batch_op.drop_column('floor_fen')

    with op.batch_alter_table('hold', schema=None) as batch_op:
        batch_op.drop_index('ix_hold_due', sqlite_where=_DUE, postgresql_where=_DUE)
        for name in ('release_note', 'sent_back_note', 'sent_back_by', 'vouch_note', 'vouched_at', 'vouched_by', 'hours_before_promise'):
            batch_op.drop_column(name)
