"""What a case sends: goods held for it, deliveries and parcels that are not the order's own."""

import sqlalchemy as sa
from alembic import op

revision = 'd1f6a37b52c4'
down_revision = 'd18f4a6c3b72'
branch_labels = None
depends_on = None

_OLD_KEY = ['order_id', 'sku_id', 'warehouse_id']
_BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('replacement',
    sa.Column('aftersale_id', _BIG, nullable=False),
    sa.Column('order_id', _BIG, nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('because', sa.String(length=200), nullable=False),
    sa.Column('promised_by', sa.String(length=64), nullable=False),
    sa.Column('promised_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['aftersale_id'], ['aftersale.id'], name=op.f('fk_replacement_aftersale_id_aftersale')),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_replacement_order_id_orders')),
    sa.PrimaryKeyConstraint('aftersale_id', name=op.f('pk_replacement'))
    )
    with op.batch_alter_table('replacement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_replacement_order_id'), ['order_id'], unique=False)
        batch_op.create_index('ix_replacement_state', ['state', 'promised_at'], unique=False)
    op.create_table('replacement_piece',
    sa.Column('id', _BIG, nullable=False),
    sa.Column('aftersale_id', _BIG, nullable=False),
    sa.Column('line_id', _BIG, nullable=False),
    sa.Column('sku_id', _BIG, nullable=False),
    sa.Column('quantity', _BIG, nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_replacement_piece_some')),
    sa.ForeignKeyConstraint(['aftersale_id'], ['replacement.aftersale_id'],
                            name=op.f('fk_replacement_piece_aftersale_id_replacement')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_replacement_piece')),
    sa.UniqueConstraint('aftersale_id', 'line_id', 'sku_id',
                        name=op.f('uq_replacement_piece_aftersale_id_line_id_sku_id'))
    )
    with op.batch_alter_table('replacement_piece', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_replacement_piece_sku_id'), ['sku_id'], unique=False)
    for table in ('delivery', 'shipment', 'reservation'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column('aftersale_id', _BIG, nullable=False, server_default='0'))
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_delivery_aftersale_id'), ['aftersale_id'], unique=False)
    _key_reservation([*_OLD_KEY, 'aftersale_id'])
    for table in ('delivery', 'shipment', 'reservation'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column('aftersale_id', existing_type=_BIG, server_default=None)


def downgrade() -> None:
    op.execute("DELETE FROM reservation WHERE aftersale_id <> 0")
    _key_reservation(_OLD_KEY)
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_delivery_aftersale_id'))
    for table in ('reservation', 'shipment', 'delivery'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column('aftersale_id')
    op.drop_table('replacement_piece')
    op.drop_table('replacement')


def _key_reservation(columns: list[str]) -> None:
    with op.batch_alter_table('reservation', schema=None) as batch_op:
        batch_op.drop_constraint('pk_reservation', type_='primary')
        batch_op.create_primary_key('pk_reservation', columns)
