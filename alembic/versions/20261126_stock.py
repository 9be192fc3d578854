"""SKUs, warehouses, levels with their ledger, reservations, and what waits for stock."""

import sqlalchemy as sa
from alembic import op


revision = 'e0f0ccc395f2'
down_revision = 'ec44afa05fc4'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('sku',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('barcode', sa.String(length=64), nullable=False),
    sa.Column('weight_grams', sa.Integer(), nullable=False),
    sa.Column('is_presale', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sku')),
    sa.UniqueConstraint('code', name=op.f('uq_sku_code'))
    )
    with op.batch_alter_table('sku', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sku_barcode'), ['barcode'], unique=False)

    op.create_table('warehouse',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('provinces', sa.String(length=500), nullable=False),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_warehouse')),
    sa.UniqueConstraint('code', name=op.f('uq_warehouse_code'))
    )
    op.create_table('listing',
    sa.Column('shop_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('sku_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('bound_by', sa.String(length=64), nullable=False),
    sa.Column('bound_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_listing_some')),
    sa.ForeignKeyConstraint(['shop_id'], ['shop.id'], name=op.f('fk_listing_shop_id_shop')),
    sa.ForeignKeyConstraint(['sku_id'], ['sku.id'], name=op.f('fk_listing_sku_id_sku')),
    sa.PrimaryKeyConstraint('shop_id', 'code', name=op.f('pk_listing'))
    )
    op.create_table('reservation',
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sku_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('shipped', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reserved_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['sku_id'], ['sku.id'], name=op.f('fk_reservation_sku_id_sku')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['warehouse.id'], name=op.f('fk_reservation_warehouse_id_warehouse')),
    sa.PrimaryKeyConstraint('order_id', 'sku_id', 'warehouse_id', name=op.f('pk_reservation'))
    )
    with op.batch_alter_table('reservation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reservation_sku_id'), ['sku_id'], unique=False)

    op.create_table('sku_part',
    sa.Column('sku_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('part_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('is_gift', sa.Boolean(), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_sku_part_some')),
    sa.ForeignKeyConstraint(['part_id'], ['sku.id'], name=op.f('fk_sku_part_part_id_sku')),
    sa.ForeignKeyConstraint(['sku_id'], ['sku.id'], name=op.f('fk_sku_part_sku_id_sku')),
    sa.PrimaryKeyConstraint('sku_id', 'part_id', name=op.f('pk_sku_part'))
    )
    with op.batch_alter_table('sku_part', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sku_part_part_id'), ['part_id'], unique=False)

    op.create_table('stock_entry',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sku_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cause', sa.String(length=32), nullable=False),
    sa.Column('on_hand_change', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reserved_change', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('by', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['sku_id'], ['sku.id'], name=op.f('fk_stock_entry_sku_id_sku')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['warehouse.id'], name=op.f('fk_stock_entry_warehouse_id_warehouse')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stock_entry'))
    )
    with op.batch_alter_table('stock_entry', schema=None) as batch_op:
        batch_op.create_index('ix_stock_entry_level', ['sku_id', 'warehouse_id', 'id'], unique=False)
        batch_op.create_index('ix_stock_entry_order_id', ['order_id'], unique=False)

    op.create_table('stock_level',
    sa.Column('sku_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('on_hand', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reserved', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('threshold', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('counted_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('on_hand - reserved >= 0', name=op.f('ck_stock_level_available_not_negative')),
    sa.CheckConstraint('reserved >= 0', name=op.f('ck_stock_level_reserved_not_negative')),
    sa.ForeignKeyConstraint(['sku_id'], ['sku.id'], name=op.f('fk_stock_level_sku_id_sku')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['warehouse.id'], name=op.f('fk_stock_level_warehouse_id_warehouse')),
    sa.PrimaryKeyConstraint('sku_id', 'warehouse_id', name=op.f('pk_stock_level'))
    )
    op.create_table('unmatched_code',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('shop_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('task_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['shop_id'], ['shop.id'], name=op.f('fk_unmatched_code_shop_id_shop')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unmatched_code')),
    sa.UniqueConstraint('shop_id', 'code', name=op.f('uq_unmatched_code_shop_id_code'))
    )
    op.create_table('refunded_line',
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('line_no', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_refunded_line_order_id_orders')),
    sa.PrimaryKeyConstraint('order_id', 'line_no', name=op.f('pk_refunded_line'))
    )
    op.create_table('stock_wait',
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('why', sa.String(length=32), nullable=False),
    sa.Column('subject_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_stock_wait_order_id_orders')),
    sa.PrimaryKeyConstraint('order_id', 'why', 'subject_id', name=op.f('pk_stock_wait'))
    )
    with op.batch_alter_table('stock_wait', schema=None) as batch_op:
        batch_op.create_index('ix_stock_wait_subject', ['why', 'subject_id', 'order_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('stock_wait', schema=None) as batch_op:
        batch_op.drop_index('ix_stock_wait_subject')

    op.drop_table('stock_wait')
    op.drop_table('refunded_line')
    op.drop_table('unmatched_code')
    op.drop_table('stock_level')
    with op.batch_alter_table('stock_entry', schema=None) as batch_op:
        batch_op.drop_index('ix_stock_entry_order_id')
        batch_op.drop_index('ix_stock_entry_level')

    op.drop_table('stock_entry')
    with op.batch_alter_table('sku_part', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sku_part_part_id'))

    op.drop_table('sku_part')
    with op.batch_alter_table('reservation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reservation_sku_id'))

    op.drop_table('reservation')
    op.drop_table('listing')
    op.drop_table('warehouse')
    with op.batch_alter_table('sku', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sku_barcode'))

    op.drop_table('sku')
