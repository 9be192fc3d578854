"""ledger"""

import sqlalchemy as sa
from alembic import op


revision = '2aecea2eace9'
down_revision = '45a4c1566d0d'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('ledger_hour',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('shop_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('hour_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('counted_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('said_count', sa.Integer(), nullable=False),
    sa.Column('said_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('held_count', sa.Integer(), nullable=False),
    sa.Column('held_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('gap_count', sa.Integer(), nullable=False),
    sa.Column('refilled_count', sa.Integer(), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('check_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error', sa.String(length=500), nullable=False),
    sa.ForeignKeyConstraint(['shop_id'], ['shop.id'], name=op.f('fk_ledger_hour_shop_id_shop')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_hour')),
    sa.UniqueConstraint('shop_id', 'hour_at', name=op.f('uq_ledger_hour_shop_id_hour_at'))
    )
    with op.batch_alter_table('ledger_hour', schema=None) as batch_op:
        batch_op.create_index('ix_ledger_hour_check_at', ['shop_id', 'check_at'], unique=False, sqlite_where=sa.text('check_at IS NOT NULL'), postgresql_where=sa.text('check_at IS NOT NULL'))
        batch_op.create_index(batch_op.f('ix_ledger_hour_hour_at'), ['hour_at'], unique=False)

    op.create_table('ledger_gap',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ledger_hour_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('shop_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('channel_order_no', sa.String(length=64), nullable=False),
    sa.Column('is_stale', sa.Boolean(), nullable=False),
    sa.Column('said_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('fetches', sa.Integer(), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['ledger_hour_id'], ['ledger_hour.id'], name=op.f('fk_ledger_gap_ledger_hour_id_ledger_hour')),
    sa.ForeignKeyConstraint(['shop_id'], ['shop.id'], name=op.f('fk_ledger_gap_shop_id_shop')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_gap')),
    sa.UniqueConstraint('ledger_hour_id', 'channel_order_no', name=op.f('uq_ledger_gap_ledger_hour_id_channel_order_no'))
    )
    with op.batch_alter_table('ledger_gap', schema=None) as batch_op:
        batch_op.create_index('ix_ledger_gap_open', ['shop_id'], unique=False, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))

    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.create_index('ix_orders_shop_id_placed_at', ['shop_id', 'placed_at'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.drop_index('ix_orders_shop_id_placed_at')

    with op.batch_alter_table('ledger_gap', schema=None) as batch_op:
        batch_op.drop_index('ix_ledger_gap_open', sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))

    op.drop_table('ledger_gap')
    with op.batch_alter_table('ledger_hour', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_ledger_hour_hour_at'))
        batch_op.drop_index('ix_ledger_hour_check_at', sqlite_where=sa.text('check_at IS NOT NULL'), postgresql_where=sa.text('check_at IS NOT NULL'))

    op.drop_table('ledger_hour')
