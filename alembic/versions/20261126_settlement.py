"""settlement"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = 'a41f6c0d27b9'
down_revision = '8a86fdcfcb2a'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('fee_rate',
    sa.Column('source', sa.String(length=32), nullable=False),
    sa.Column('rate_ppm', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('source', name=op.f('pk_fee_rate'))
    )
    op.create_table('statement',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('source', sa.String(length=32), nullable=False),
    sa.Column('account', sa.String(length=64), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('lines', sa.Integer(), nullable=False),
    sa.Column('receipts_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('refunds_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('fees_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('other_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('corrections', sa.Integer(), nullable=False),
    sa.Column('corrected_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('open_at_close', sa.Integer(), nullable=False),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_statement')),
    sa.UniqueConstraint('source', 'account', 'day', name=op.f('uq_statement_source_account_day'))
    )
    with op.batch_alter_table('statement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_statement_day'), ['day'], unique=False)

    op.create_table('statement_file',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('source', sa.String(length=32), nullable=False),
    sa.Column('account', sa.String(length=64), nullable=False),
    sa.Column('content_digest', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('lines', sa.Integer(), nullable=False),
    sa.Column('sums', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('by', sa.String(length=64), nullable=False),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_statement_file')),
    sa.UniqueConstraint('source', 'account', 'content_digest', name=op.f('uq_statement_file_source_account_content_digest'))
    )
    op.create_table('statement_line',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('statement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('file_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('order_no', sa.String(length=64), nullable=False),
    sa.Column('refund_no', sa.String(length=64), nullable=False),
    sa.Column('entry_no', sa.String(length=64), nullable=False),
    sa.Column('amount_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('fee_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('fee_base_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('rate_ppm', sa.Integer(), nullable=True),
    sa.Column('word', sa.String(length=64), nullable=False),
    sa.Column('moved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_live', sa.Boolean(), nullable=False),
    sa.Column('is_correction', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['statement_file.id'], name=op.f('fk_statement_line_file_id_statement_file')),
    sa.ForeignKeyConstraint(['statement_id'], ['statement.id'], name=op.f('fk_statement_line_statement_id_statement')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_statement_line'))
    )
    with op.batch_alter_table('statement_line', schema=None) as batch_op:
        batch_op.create_index('ix_statement_line_order_no', ['order_no', 'statement_id'], unique=False)
        batch_op.create_index('uq_statement_line_live', ['statement_id', 'key'], unique=True, sqlite_where=sa.text('is_live'), postgresql_where=sa.text('is_live'))

    op.create_table('settlement_difference',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('source', sa.String(length=32), nullable=False),
    sa.Column('account', sa.String(length=64), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('statement_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('order_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('cause', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('order_no', sa.String(length=64), nullable=False),
    sa.Column('refund_no', sa.String(length=64), nullable=False),
    sa.Column('said_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ours_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('resolved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('resolved_by', sa.String(length=64), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['line_id'], ['statement_line.id'], name=op.f('fk_settlement_difference_line_id_statement_line')),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_settlement_difference_order_id_orders')),
    sa.ForeignKeyConstraint(['statement_id'], ['statement.id'], name=op.f('fk_settlement_difference_statement_id_statement')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_settlement_difference')),
    sa.UniqueConstraint('source', 'account', 'key', name=op.f('uq_settlement_difference_source_account_key'))
    )
    with op.batch_alter_table('settlement_difference', schema=None) as batch_op:
        batch_op.create_index('ix_settlement_difference_open', ['found_at'], unique=False, sqlite_where=sa.text('resolved_at IS NULL'), postgresql_where=sa.text('resolved_at IS NULL'))
        batch_op.create_index('ix_settlement_difference_order_no', ['order_no'], unique=False)
        batch_op.create_index(batch_op.f('ix_settlement_difference_statement_id'), ['statement_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('settlement_difference', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_settlement_difference_statement_id'))
        batch_op.drop_index('ix_settlement_difference_order_no')
        batch_op.drop_index('ix_settlement_difference_open', sqlite_where=sa.text('resolved_at IS NULL'), postgresql_where=sa.text('resolved_at IS NULL'))

    op.drop_table('settlement_difference')
    with op.batch_alter_table('statement_line', schema=None) as batch_op:
        batch_op.drop_index('uq_statement_line_live', sqlite_where=sa.text('is_live'), postgresql_where=sa.text('is_live'))
        batch_op.drop_index('ix_statement_line_order_no')

    op.drop_table('statement_line')
    op.drop_table('statement_file')
    with op.batch_alter_table('statement', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_statement_day'))

    op.drop_table('statement')
    op.drop_table('fee_rate')
