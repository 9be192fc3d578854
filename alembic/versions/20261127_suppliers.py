"""Suppliers, purchases and receipts, scorecard terms, and the sheets of what to buy."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '03354aab440a'
down_revision = 'c4f81d6ba037'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_JSON = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')


def upgrade() -> None:
    op.create_table('scorecard_terms',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('on_time_weight', sa.Integer(), nullable=False),
    sa.Column('complete_weight', sa.Integer(), nullable=False),
    sa.Column('sound_weight', sa.Integer(), nullable=False),
    sa.Column('price_weight', sa.Integer(), nullable=False),
    sa.Column('complete_limit', sa.Integer(), nullable=False),
    sa.Column('sound_limit', sa.Integer(), nullable=False),
    sa.Column('price_limit', sa.Integer(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scorecard_terms'))
    )
    op.create_table('supplier',
    sa.Column('id', _ID, nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('contact_sealed', sa.String(), nullable=False),
    sa.Column('lead_days', sa.Integer(), nullable=False),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_supplier')),
    sa.UniqueConstraint('code', name=op.f('uq_supplier_code'))
    )
    op.create_table('supply_upload',
    sa.Column('id', _ID, nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('suppliers', sa.Integer(), nullable=False),
    sa.Column('orders', sa.Integer(), nullable=False),
    sa.Column('receipts', sa.Integer(), nullable=False),
    sa.Column('is_history', sa.Boolean(), nullable=False),
    sa.Column('by', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_supply_upload'))
    )
    op.create_table('purchase_order',
    sa.Column('id', _ID, nullable=False),
    sa.Column('order_no', sa.String(length=64), nullable=False),
    sa.Column('supplier_id', _ID, nullable=False),
    sa.Column('warehouse_id', _ID, nullable=False),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('is_history', sa.Boolean(), nullable=False),
    sa.Column('ordered_on', sa.Date(), nullable=True),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('made_by', sa.String(length=64), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('approved_by', sa.String(length=64), nullable=False),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['supplier_id'], ['supplier.id'], name=op.f('fk_purchase_order_supplier_id_supplier')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_purchase_order')),
    sa.UniqueConstraint('supplier_id', 'order_no', name=op.f('uq_purchase_order_supplier_id_order_no'))
    )
    with op.batch_alter_table('purchase_order', schema=None) as batch_op:
        batch_op.create_index('ix_purchase_order_order_no', ['order_no'], unique=False)
        batch_op.create_index('ix_purchase_order_status', ['status', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_purchase_order_warehouse_id'), ['warehouse_id'], unique=False)

    op.create_table('replenishment_run',
    sa.Column('id', _ID, nullable=False),
    sa.Column('warehouse_id', _ID, nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('service_permille', sa.Integer(), nullable=False),
    sa.Column('review_days', sa.Integer(), nullable=False),
    sa.Column('budget_fen', _ID, nullable=False),
    sa.Column('by', sa.String(length=64), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['warehouse_id'], ['warehouse.id'], name=op.f('fk_replenishment_run_warehouse_id_warehouse')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_replenishment_run'))
    )
    with op.batch_alter_table('replenishment_run', schema=None) as batch_op:
        batch_op.create_index('ix_replenishment_run_warehouse', ['warehouse_id', 'id'], unique=False)

    op.create_table('replenishment_terms',
    sa.Column('warehouse_id', _ID, nullable=False),
    sa.Column('service_permille', sa.Integer(), nullable=False),
    sa.Column('review_days', sa.Integer(), nullable=False),
    sa.Column('lead_days', sa.Integer(), nullable=False),
    sa.Column('lead_spread_days', sa.Integer(), nullable=False),
    sa.Column('budget_fen', _ID, nullable=False),
    sa.ForeignKeyConstraint(['warehouse_id'], ['warehouse.id'], name=op.f('fk_replenishment_terms_warehouse_id_warehouse')),
    sa.PrimaryKeyConstraint('warehouse_id', name=op.f('pk_replenishment_terms'))
    )
    op.create_table('supplier_sku',
    sa.Column('supplier_id', _ID, nullable=False),
    sa.Column('sku_id', _ID, nullable=False),
    sa.Column('pack_size', sa.Integer(), nullable=False),
    sa.Column('price_fen', _ID, nullable=False),
    sa.Column('is_preferred', sa.Boolean(), nullable=False),
    sa.CheckConstraint('pack_size > 0', name=op.f('ck_supplier_sku_some')),
    sa.CheckConstraint('price_fen >= 0', name=op.f('ck_supplier_sku_price_not_negative')),
    sa.ForeignKeyConstraint(['sku_id'], ['sku.id'], name=op.f('fk_supplier_sku_sku_id_sku')),
    sa.ForeignKeyConstraint(['supplier_id'], ['supplier.id'], name=op.f('fk_supplier_sku_supplier_id_supplier')),
    sa.PrimaryKeyConstraint('supplier_id', 'sku_id', name=op.f('pk_supplier_sku'))
    )
    with op.batch_alter_table('supplier_sku', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_supplier_sku_sku_id'), ['sku_id'], unique=False)
        batch_op.create_index('uq_supplier_sku_preferred', ['sku_id'], unique=True, sqlite_where=sa.text('is_preferred'), postgresql_where=sa.text('is_preferred'))

    op.create_table('purchase_line',
    sa.Column('id', _ID, nullable=False),
    sa.Column('purchase_id', _ID, nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('sku_id', _ID, nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('quantity', _ID, nullable=False),
    sa.Column('price_fen', _ID, nullable=False),
    sa.Column('promised_on', sa.Date(), nullable=True),
    sa.Column('good', _ID, nullable=False),
    sa.Column('wrong', _ID, nullable=False),
    sa.Column('missing', _ID, nullable=False),
    sa.Column('defective', _ID, nullable=False),
    sa.Column('is_counted', sa.Boolean(), nullable=False),
    sa.Column('settled_on', sa.Date(), nullable=True),
    sa.CheckConstraint('good + wrong + missing + defective <= quantity', name=op.f('ck_purchase_line_not_more_than_ordered')),
    sa.CheckConstraint('good >= 0 AND wrong >= 0 AND missing >= 0 AND defective >= 0', name=op.f('ck_purchase_line_none_negative')),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_purchase_line_some')),
    sa.ForeignKeyConstraint(['purchase_id'], ['purchase_order.id'], name=op.f('fk_purchase_line_purchase_id_purchase_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_purchase_line')),
    sa.UniqueConstraint('purchase_id', 'place', name=op.f('uq_purchase_line_purchase_id_place'))
    )
    with op.batch_alter_table('purchase_line', schema=None) as batch_op:
        batch_op.create_index('ix_purchase_line_promised_on', ['promised_on'], unique=False)
        batch_op.create_index('ix_purchase_line_settled_on', ['settled_on'], unique=False)
        batch_op.create_index('ix_purchase_line_sku_id', ['sku_id', 'settled_on'], unique=False)

    op.create_table('receipt',
    sa.Column('id', _ID, nullable=False),
    sa.Column('purchase_id', _ID, nullable=False),
    sa.Column('warehouse_id', _ID, nullable=False),
    sa.Column('receipt_no', sa.String(length=64), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('content_digest', sa.String(length=64), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('by', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['purchase_id'], ['purchase_order.id'], name=op.f('fk_receipt_purchase_id_purchase_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_receipt')),
    sa.UniqueConstraint('purchase_id', 'receipt_no', name=op.f('uq_receipt_purchase_id_receipt_no'))
    )
    with op.batch_alter_table('receipt', schema=None) as batch_op:
        batch_op.create_index('ix_receipt_received_on', ['received_on'], unique=False)

    op.create_table('replenishment_line',
    sa.Column('id', _ID, nullable=False),
    sa.Column('run_id', _ID, nullable=False),
    sa.Column('warehouse_id', _ID, nullable=False),
    sa.Column('sku_id', _ID, nullable=False),
    sa.Column('supplier_id', _ID, nullable=True),
    sa.Column('rank', sa.Integer(), nullable=False),
    sa.Column('lasts_days', sa.Integer(), nullable=True),
    sa.Column('wanted', _ID, nullable=False),
    sa.Column('quantity', _ID, nullable=False),
    sa.Column('pack_size', sa.Integer(), nullable=False),
    sa.Column('price_fen', _ID, nullable=False),
    sa.Column('lead_days', sa.Integer(), nullable=False),
    sa.Column('left_out', sa.String(length=32), nullable=False),
    sa.Column('steps', _JSON, nullable=False),
    sa.Column('purchase_id', _ID, nullable=True),
    sa.ForeignKeyConstraint(['purchase_id'], ['purchase_order.id'], name=op.f('fk_replenishment_line_purchase_id_purchase_order')),
    sa.ForeignKeyConstraint(['run_id'], ['replenishment_run.id'], name=op.f('fk_replenishment_line_run_id_replenishment_run')),
    sa.ForeignKeyConstraint(['sku_id'], ['sku.id'], name=op.f('fk_replenishment_line_sku_id_sku')),
    sa.ForeignKeyConstraint(['supplier_id'], ['supplier.id'], name=op.f('fk_replenishment_line_supplier_id_supplier')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['warehouse.id'], name=op.f('fk_replenishment_line_warehouse_id_warehouse')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_replenishment_line')),
    sa.UniqueConstraint('run_id', 'sku_id', name=op.f('uq_replenishment_line_run_id_sku_id'))
    )
    with op.batch_alter_table('replenishment_line', schema=None) as batch_op:
        batch_op.create_index('ix_replenishment_line_rank', ['run_id', 'rank'], unique=False)

    op.create_table('receipt_line',
    sa.Column('id', _ID, nullable=False),
    sa.Column('receipt_id', _ID, nullable=False),
    sa.Column('line_id', _ID, nullable=False),
    sa.Column('good', _ID, nullable=False),
    sa.Column('wrong', _ID, nullable=False),
    sa.Column('missing', _ID, nullable=False),
    sa.Column('defective', _ID, nullable=False),
    sa.CheckConstraint('good + wrong + missing + defective > 0', name=op.f('ck_receipt_line_some')),
    sa.CheckConstraint('good >= 0 AND wrong >= 0 AND missing >= 0 AND defective >= 0', name=op.f('ck_receipt_line_none_negative')),
    sa.ForeignKeyConstraint(['line_id'], ['purchase_line.id'], name=op.f('fk_receipt_line_line_id_purchase_line')),
    sa.ForeignKeyConstraint(['receipt_id'], ['receipt.id'], name=op.f('fk_receipt_line_receipt_id_receipt')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_receipt_line')),
    sa.UniqueConstraint('receipt_id', 'line_id', name=op.f('uq_receipt_line_receipt_id_line_id'))
    )
    with op.batch_alter_table('receipt_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_receipt_line_line_id'), ['line_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('receipt_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_receipt_line_line_id'))

    op.drop_table('receipt_line')
    with op.batch_alter_table('replenishment_line', schema=None) as batch_op:
        batch_op.drop_index('ix_replenishment_line_rank')

    op.drop_table('replenishment_line')
    with op.batch_alter_table('receipt', schema=None) as batch_op:
        batch_op.drop_index('ix_receipt_received_on')

    op.drop_table('receipt')
    with op.batch_alter_table('purchase_line', schema=None) as batch_op:
        batch_op.drop_index('ix_purchase_line_sku_id')
        batch_op.drop_index('ix_purchase_line_settled_on')
        batch_op.drop_index('ix_purchase_line_promised_on')

    op.drop_table('purchase_line')
    with op.batch_alter_table('supplier_sku', schema=None) as batch_op:
        batch_op.drop_index('uq_supplier_sku_preferred', sqlite_where=sa.text('is_preferred'), postgresql_where=sa.text('is_preferred'))
        batch_op.drop_index(batch_op.f('ix_supplier_sku_sku_id'))

    op.drop_table('supplier_sku')
    op.drop_table('replenishment_terms')
    with op.batch_alter_table('replenishment_run', schema=None) as batch_op:
        batch_op.drop_index('ix_replenishment_run_warehouse')

    op.drop_table('replenishment_run')
    with op.batch_alter_table('purchase_order', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_purchase_order_warehouse_id'))
        batch_op.drop_index('ix_purchase_order_status')
        batch_op.drop_index('ix_purchase_order_order_no')

    op.drop_table('purchase_order')
    op.drop_table('supply_upload')
    op.drop_table('supplier')
    op.drop_table('scorecard_terms')
