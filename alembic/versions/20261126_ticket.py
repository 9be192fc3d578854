"""Tickets of customer service, canned replies, buyers joined by hand, and cases found by their number."""

import sqlalchemy as sa
from alembic import op

revision = 'd4b83f9e17c2'
down_revision = 'd1f6a37b52c4'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('buyer_link',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('token', sa.String(length=200), nullable=False),
    sa.Column('other_channel', sa.String(length=32), nullable=False),
    sa.Column('other_token', sa.String(length=200), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('joined_by', sa.String(length=64), nullable=False),
    sa.Column('joined_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('parted_by', sa.String(length=64), nullable=False),
    sa.Column('parted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('parted_reason', sa.String(length=200), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_buyer_link'))
    )
    with op.batch_alter_table('buyer_link', schema=None) as batch_op:
        batch_op.create_index('ix_buyer_link_other', ['other_channel', 'other_token'], unique=False)
        batch_op.create_index('uq_buyer_link_stands', ['channel', 'token', 'other_channel', 'other_token'], unique=True, sqlite_where=sa.text('parted_at IS NULL'), postgresql_where=sa.text('parted_at IS NULL'))

    op.create_table('canned_reply',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=True),
    sa.Column('title', sa.String(length=40), nullable=False),
    sa.Column('text', sa.String(length=500), nullable=False),
    sa.Column('is_retired', sa.Boolean(), nullable=False),
    sa.Column('changed_by', sa.String(length=64), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_canned_reply')),
    sa.UniqueConstraint('title', name=op.f('uq_canned_reply_title'))
    )
    op.create_table('ticket',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('priority', sa.String(length=32), nullable=False),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('words', sa.String(length=1000), nullable=False),
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('aftersale_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('buyer_token', sa.String(length=200), nullable=False),
    sa.Column('first_role', sa.String(length=32), nullable=False),
    sa.Column('owner_role', sa.String(length=32), nullable=False),
    sa.Column('owner', sa.String(length=64), nullable=False),
    sa.Column('waits_for', sa.String(length=32), nullable=True),
    sa.Column('task_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('opened_by', sa.String(length=64), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('first_reply_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.String(length=64), nullable=False),
    sa.Column('result', sa.String(length=32), nullable=True),
    sa.Column('result_note', sa.String(length=200), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reopenings', sa.Integer(), nullable=False),
    sa.Column('complained_again_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("order_id IS NOT NULL OR buyer_token <> ''", name=op.f('ck_ticket_about_somebody')),
    sa.ForeignKeyConstraint(['aftersale_id'], ['aftersale.id'], name=op.f('fk_ticket_aftersale_id_aftersale')),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_ticket_order_id_orders')),
    sa.ForeignKeyConstraint(['task_id'], ['task.id'], name=op.f('fk_ticket_task_id_task')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket'))
    )
    with op.batch_alter_table('ticket', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ticket_aftersale_id'), ['aftersale_id'], unique=False)
        batch_op.create_index('ix_ticket_buyer', ['channel', 'buyer_token'], unique=False)
        batch_op.create_index(batch_op.f('ix_ticket_opened_at'), ['opened_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_ticket_order_id'), ['order_id'], unique=False)
        batch_op.create_index('ix_ticket_owner', ['owner', 'status', 'due_at'], unique=False)
        batch_op.create_index('ix_ticket_status_due_at', ['status', 'due_at', 'id'], unique=False)

    op.create_table('ticket_entry',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ticket_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('voice', sa.String(length=32), nullable=False),
    sa.Column('text', sa.String(length=1000), nullable=False),
    sa.Column('by', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_ticket_entry_ticket_id_ticket')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_entry'))
    )
    with op.batch_alter_table('ticket_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ticket_entry_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('ticket_hand_over',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ticket_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('from_role', sa.String(length=32), nullable=False),
    sa.Column('from_person', sa.String(length=64), nullable=False),
    sa.Column('to_role', sa.String(length=32), nullable=False),
    sa.Column('to_person', sa.String(length=64), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.Column('by', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], name=op.f('fk_ticket_hand_over_ticket_id_ticket')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_hand_over'))
    )
    with op.batch_alter_table('ticket_hand_over', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ticket_hand_over_ticket_id'), ['ticket_id'], unique=False)

    with op.batch_alter_table('aftersale', schema=None) as batch_op:
        batch_op.create_index('ix_aftersale_channel_refund_no', ['channel_refund_no'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('aftersale', schema=None) as batch_op:
        batch_op.drop_index('ix_aftersale_channel_refund_no')

    op.drop_table('ticket_hand_over')
    op.drop_table('ticket_entry')
    op.drop_table('ticket')
    op.drop_table('canned_reply')
    op.drop_table('buyer_link')
