"""A merchant's own reasons beside the fourteen, and the order in which cases are read."""

import sqlalchemy as sa
from alembic import op

revision = 'd18f4a6c3b72'
down_revision = 'e4b1f7093ca6'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('own_reason',
    sa.Column('id', _ID, nullable=False),
    sa.Column('name', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('made_by', sa.String(length=64), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_own_reason')),
    sa.UniqueConstraint('name', name=op.f('uq_own_reason_name'))
    )
    with op.batch_alter_table('reason_word', schema=None) as batch_op:
        batch_op.add_column(sa.Column('own_id', _ID, nullable=True))
        batch_op.create_foreign_key(op.f('fk_reason_word_own_id_own_reason'), 'own_reason', ['own_id'], ['id'])
    with op.batch_alter_table('aftersale', schema=None) as batch_op:
        batch_op.add_column(sa.Column('own_reason_id', _ID, nullable=True))
        batch_op.create_foreign_key(op.f('fk_aftersale_own_reason_id_own_reason'), 'own_reason', ['own_reason_id'], ['id'])
        batch_op.create_index('ix_aftersale_stage_id', ['stage', 'id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('aftersale', schema=None) as batch_op:
        batch_op.drop_index('ix_aftersale_stage_id')
        batch_op.drop_constraint(op.f('fk_aftersale_own_reason_id_own_reason'), type_='foreignkey')
        batch_op.drop_column('own_reason_id')
    with op.batch_alter_table('reason_word', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('fk_reason_word_own_id_own_reason'), type_='foreignkey')
        batch_op.drop_column('own_id')
    op.drop_table('own_reason')
