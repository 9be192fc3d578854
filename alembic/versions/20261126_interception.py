"""Was a refund before shipping caught, and are late ones refused by rule?"""

import sqlalchemy as sa
from alembic import op

revision = 'd3b8f1a6c270'
down_revision = 'a41d7c09be52'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('interception',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('aftersale_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('line_no', sa.String(length=64), nullable=False),
    sa.Column('gate', sa.String(length=32), nullable=False),
    sa.Column('outcome', sa.String(length=32), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('heard_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('stopped_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('stopped_by', sa.String(length=64), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('refunded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('let_go_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('leaked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['aftersale_id'], ['aftersale.id'], name=op.f('fk_interception_aftersale_id_aftersale'),
                            ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_interception_order_id_orders')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_interception')),
    sa.UniqueConstraint('aftersale_id', name=op.f('uq_interception_aftersale_id'))
    )
    with op.batch_alter_table('interception', schema=None) as batch_op:
        batch_op.create_index('ix_interception_heard_at', ['heard_at', 'channel'], unique=False)
        batch_op.create_index('ix_interception_outcome', ['outcome', 'heard_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_interception_order_id'), ['order_id'], unique=False)

    op.create_table('shipped_refusal',
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('is_on', sa.Boolean(), nullable=False),
    sa.Column('reason_code', sa.String(length=32), nullable=False),
    sa.Column('changed_by', sa.String(length=64), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('channel', name=op.f('pk_shipped_refusal'))
    )


def downgrade() -> None:
    op.drop_table('shipped_refusal')
    op.drop_table('interception')
