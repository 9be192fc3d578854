"""Channel items with what they were told, formulas, presale pools, and how far the stock's logs are read."""

import sqlalchemy as sa
from alembic import op


revision = '5b7d3e2a91c4'
down_revision = '5b8e21c7d4fa'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('stock_cursor',
    sa.Column('log', sa.String(length=32), nullable=False),
    sa.Column('safe_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('edge_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('edge_xid', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('at_item', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.PrimaryKeyConstraint('log', name=op.f('pk_stock_cursor'))
    )
    op.create_table('channel_item',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('shop_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('channel_item_no', sa.String(length=64), nullable=False),
    sa.Column('channel_sku_no', sa.String(length=64), nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('ordered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_hot', sa.Boolean(), nullable=False),
    sa.Column('told_quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('change_no', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('seen_quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['shop_id'], ['shop.id'], name=op.f('fk_channel_item_shop_id_shop')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_channel_item')),
    sa.UniqueConstraint('shop_id', 'channel_item_no', 'channel_sku_no', name=op.f('uq_channel_item_shop_id_channel_item_no_channel_sku_no'))
    )
    with op.batch_alter_table('channel_item', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_channel_item_due_at'), ['due_at'], unique=False)

    op.create_table('presale_pool',
    sa.Column('sku_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('pieces', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('set_by', sa.String(length=64), nullable=False),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['sku_id'], ['sku.id'], name=op.f('fk_presale_pool_sku_id_sku')),
    sa.PrimaryKeyConstraint('sku_id', name=op.f('pk_presale_pool'))
    )
    op.create_table('stock_share',
    sa.Column('shop_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('percent', sa.Integer(), nullable=False),
    sa.Column('buffer', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cap', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('changed_by', sa.String(length=64), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['shop_id'], ['shop.id'], name=op.f('fk_stock_share_shop_id_shop')),
    sa.PrimaryKeyConstraint('shop_id', 'item_id', name=op.f('pk_stock_share'))
    )
    op.create_table('channel_item_part',
    sa.Column('item_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sku_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('is_pool', sa.Boolean(), nullable=False),
    sa.Column('pieces', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint('pieces > 0', name=op.f('ck_channel_item_part_some')),
    sa.ForeignKeyConstraint(['item_id'], ['channel_item.id'], name=op.f('fk_channel_item_part_item_id_channel_item')),
    sa.ForeignKeyConstraint(['sku_id'], ['sku.id'], name=op.f('fk_channel_item_part_sku_id_sku')),
    sa.PrimaryKeyConstraint('item_id', 'sku_id', 'is_pool', name=op.f('pk_channel_item_part'))
    )
    with op.batch_alter_table('channel_item_part', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_channel_item_part_sku_id'), ['sku_id'], unique=False)

    op.create_table('presold',
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sku_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sold_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_presold_order_id_orders')),
    sa.ForeignKeyConstraint(['sku_id'], ['sku.id'], name=op.f('fk_presold_sku_id_sku')),
    sa.PrimaryKeyConstraint('order_id', 'sku_id', name=op.f('pk_presold'))
    )
    with op.batch_alter_table('presold', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_presold_sku_id'), ['sku_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('presold', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_presold_sku_id'))

    op.drop_table('presold')
    with op.batch_alter_table('channel_item_part', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_channel_item_part_sku_id'))

    op.drop_table('channel_item_part')
    op.drop_table('stock_share')
    op.drop_table('presale_pool')
    with op.batch_alter_table('channel_item', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_channel_item_due_at'))

    op.drop_table('channel_item')
    op.drop_table('stock_cursor')
