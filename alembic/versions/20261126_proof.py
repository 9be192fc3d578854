"""When a login was last proved, whether it came from a new place, and which roles need no second factor;
whose account an identity provider vouches for."""

import sqlalchemy as sa
from alembic import op

revision = '5e0c9d37a814'
down_revision = 'c3f7a81e52d6'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('user_session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('proved_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('is_new_place', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute('UPDATE user_session SET proved_at = created_at')
    with op.batch_alter_table('user_session', schema=None) as batch_op:
        batch_op.alter_column("proved_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.alter_column("is_new_place", existing_type=sa.Boolean(), server_default=None)
    op.create_table('totp_rule',
    sa.Column('role', sa.String(length=32), nullable=False),
    sa.Column('is_required', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('role', name=op.f('pk_totp_rule'))
    )
    op.create_table('oidc_identity',
    sa.Column('user_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('issuer', sa.String(length=255), nullable=False),
    sa.Column('subject', sa.String(length=255), nullable=False),
    sa.Column('linked_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_oidc_identity_user_id_users')),
    sa.PrimaryKeyConstraint('user_id', 'issuer', name=op.f('pk_oidc_identity')),
    sa.UniqueConstraint('issuer', 'subject', name=op.f('uq_oidc_identity_issuer_subject'))
    )


def downgrade() -> None:
    op.drop_table('oidc_identity')
    op.drop_table('totp_rule')
    with op.batch_alter_table('user_session', schema=None) as batch_op:
        batch_op.drop_column('is_new_place')
        batch_op.drop_column('proved_at')
