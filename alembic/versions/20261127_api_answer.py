"""What a program was answered, by its Idempotency-Key."""

import sqlalchemy as sa
from alembic import op

revision = 'd4c81f6a27be'
down_revision = '03354aab440a'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('api_answer',
    sa.Column('mark', sa.String(length=64), nullable=False),
    sa.Column('content', sa.String(length=64), nullable=False),
    sa.Column('answer', sa.String(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('mark', name=op.f('pk_api_answer'))
    )
    with op.batch_alter_table('api_answer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_api_answer_asked_at'), ['asked_at'], unique=False)


def downgrade() -> None:
    op.drop_table('api_answer')
