"""Bills of carriers, how their lines stand, and what is asked back."""

import sqlalchemy as sa
from alembic import op

revision = 'd3f1b8a6e270'
down_revision = 'd3b8f1a6c270'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('freight_file',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('carrier', sa.String(length=32), nullable=False),
    sa.Column('content_digest', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('lines', sa.Integer(), nullable=False),
    sa.Column('charged_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('by', sa.String(length=64), nullable=False),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_freight_file')),
    sa.UniqueConstraint('carrier', 'content_digest', name=op.f('uq_freight_file_carrier_content_digest'))
    )
    op.create_table('freight_terms',
    sa.Column('carrier', sa.String(length=32), nullable=False),
    sa.Column('tolerance_grams', sa.Integer(), nullable=False),
    sa.Column('tolerance_percent', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('carrier', name=op.f('pk_freight_terms'))
    )
    op.create_table('freight_line',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('file_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('carrier', sa.String(length=32), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('tracking_no', sa.String(length=64), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('grams', sa.Integer(), nullable=False),
    sa.Column('zone', sa.String(length=64), nullable=False),
    sa.Column('word', sa.String(length=64), nullable=False),
    sa.Column('charged_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['freight_file.id'], name=op.f('fk_freight_line_file_id_freight_file')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_freight_line')),
    sa.UniqueConstraint('carrier', 'key', name=op.f('uq_freight_line_carrier_key'))
    )
    with op.batch_alter_table('freight_line', schema=None) as batch_op:
        batch_op.create_index('ix_freight_line_day', ['day', 'carrier'], unique=False)
        batch_op.create_index('ix_freight_line_tracking_no', ['carrier', 'tracking_no'], unique=False)

    op.create_table('freight_check',
    sa.Column('line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('cause', sa.String(length=32), nullable=False),
    sa.Column('expected_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('gap_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('our_grams', sa.Integer(), nullable=False),
    sa.Column('our_province', sa.String(length=16), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['line_id'], ['freight_line.id'], name=op.f('fk_freight_check_line_id_freight_line')),
    sa.PrimaryKeyConstraint('line_id', name=op.f('pk_freight_check'))
    )
    with op.batch_alter_table('freight_check', schema=None) as batch_op:
        batch_op.create_index('ix_freight_check_cause', ['cause', 'gap_fen', 'line_id'], unique=False)

    op.create_table('freight_claim',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('line_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('claimed_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('accepted_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('answer', sa.String(length=200), nullable=False),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('claimed_by', sa.String(length=64), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_by', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['line_id'], ['freight_line.id'], name=op.f('fk_freight_claim_line_id_freight_line')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_freight_claim'))
    )
    with op.batch_alter_table('freight_claim', schema=None) as batch_op:
        batch_op.create_index('ix_freight_claim_status', ['status', 'id'], unique=False)
        batch_op.create_index('uq_freight_claim_standing', ['line_id'], unique=True, sqlite_where=sa.text("status <> 'refused'"), postgresql_where=sa.text("status <> 'refused'"))

    op.create_table('freight_credit',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('claim_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount_fen', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('credited_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('credited_by', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['claim_id'], ['freight_claim.id'], name=op.f('fk_freight_credit_claim_id_freight_claim')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_freight_credit')),
    sa.UniqueConstraint('claim_id', name=op.f('uq_freight_credit_claim_id'))
    )
    # Lines without an order are told apart by their own number alone, over all days.
    with op.batch_alter_table('statement_line', schema=None) as batch_op:
        batch_op.create_index('ix_statement_line_nameless', ['entry_no'], unique=False, sqlite_where=sa.text("order_no = ''"), postgresql_where=sa.text("order_no = ''"))


def downgrade() -> None:
    with op.batch_alter_table('statement_line', schema=None) as batch_op:
        batch_op.drop_index('ix_statement_line_nameless', sqlite_where=sa.text("order_no = ''"), postgresql_where=sa.text("order_no = ''"))
    op.drop_table('freight_credit')
    op.drop_table('freight_claim')
    op.drop_table('freight_check')
    op.drop_table('freight_line')
    op.drop_table('freight_terms')
    op.drop_table('freight_file')
