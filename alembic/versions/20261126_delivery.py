"""Deliveries and their pieces."""

import sqlalchemy as sa
from alembic import op


revision = 'c5468005d06e'
down_revision = 'e0f0ccc395f2'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('delivery',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('warehouse_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('carrier', sa.String(length=32), nullable=True),
    sa.Column('tracking_no', sa.String(length=64), nullable=False),
    sa.Column('into_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ship_by', sa.DateTime(timezone=True), nullable=True),
    sa.Column('planned_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('packed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('packed_by', sa.String(length=64), nullable=False),
    sa.Column('left_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('left_by', sa.String(length=64), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delivery'))
    )
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_delivery_into_id'), ['into_id'], unique=False)
        batch_op.create_index('ix_delivery_open', ['status', 'ship_by', 'id'], unique=False)
        batch_op.create_index('uq_delivery_tracking_no', ['tracking_no'], unique=True, sqlite_where=sa.text("tracking_no <> '' AND status <> 'cancelled'"), postgresql_where=sa.text("tracking_no <> '' AND status <> 'cancelled'"))

    op.create_table('delivery_piece',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('delivery_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('home_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sku_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quantity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_delivery_piece_some')),
    sa.ForeignKeyConstraint(['delivery_id'], ['delivery.id'], name=op.f('fk_delivery_piece_delivery_id_delivery')),
    sa.ForeignKeyConstraint(['home_id'], ['delivery.id'], name=op.f('fk_delivery_piece_home_id_delivery')),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_delivery_piece_order_id_orders')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delivery_piece')),
    sa.UniqueConstraint('home_id', 'line_id', 'sku_id', name=op.f('uq_delivery_piece_home_id_line_id_sku_id'))
    )
    with op.batch_alter_table('delivery_piece', schema=None) as batch_op:
        batch_op.create_index('ix_delivery_piece_delivery_id', ['delivery_id', 'order_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_delivery_piece_order_id'), ['order_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('delivery_piece', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_delivery_piece_order_id'))
        batch_op.drop_index('ix_delivery_piece_delivery_id')

    op.drop_table('delivery_piece')
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.drop_index('uq_delivery_tracking_no', sqlite_where=sa.text("tracking_no <> '' AND status <> 'cancelled'"), postgresql_where=sa.text("tracking_no <> '' AND status <> 'cancelled'"))
        batch_op.drop_index('ix_delivery_open')
        batch_op.drop_index(batch_op.f('ix_delivery_into_id'))

    op.drop_table('delivery')
