"""Choices about short lines, goods on their way, and goods kept for orders that are only placed."""

import sqlalchemy as sa
from alembic import op


revision = '7d1c40b6a2e9'
down_revision = 'a1c2f0b7d4e9'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('restock',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sku_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('pieces', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('expected_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('by', sa.String(length=64), nullable=False),
    sa.Column('planned_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_by', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['sku_id'], ['sku.id'], name=op.f('fk_restock_sku_id_sku')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['warehouse.id'], name=op.f('fk_restock_warehouse_id_warehouse')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_restock'))
    )
    with op.batch_alter_table('restock', schema=None) as batch_op:
        batch_op.create_index('ix_restock_expected', ['status', 'sku_id', 'expected_at'], unique=False)

    op.create_table('shortage_choice',
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('choice', sa.String(length=32), nullable=False),
    sa.Column('sku_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('by', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_shortage_choice_order_id_orders')),
    sa.PrimaryKeyConstraint('order_id', 'line_id', name=op.f('pk_shortage_choice'))
    )
    with op.batch_alter_table('stock_wait', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_later', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.alter_column('is_later', server_default=None)

    with op.batch_alter_table('shop', schema=None) as batch_op:
        batch_op.add_column(sa.Column('reserves_at', sa.String(length=32), server_default='paid', nullable=False))
        batch_op.add_column(sa.Column('unpaid_minutes', sa.Integer(), server_default='30', nullable=False))
        batch_op.alter_column('reserves_at', server_default=None)
        batch_op.alter_column('unpaid_minutes', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('shop', schema=None) as batch_op:
        batch_op.drop_column('unpaid_minutes')
        batch_op.drop_column('reserves_at')

    with op.batch_alter_table('stock_wait', schema=None) as batch_op:
        batch_op.drop_column('is_later')

    op.drop_table('shortage_choice')
    with op.batch_alter_table('restock', schema=None) as batch_op:
        batch_op.drop_index('ix_restock_expected')

    op.drop_table('restock')
