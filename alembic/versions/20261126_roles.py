"""Role sets, what a user sees, and what was used when."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '5b1e90c4a7d3'
down_revision = '5e0c9d37a814'
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
_JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), 'postgresql')


def upgrade() -> None:
    op.create_table('role_set',
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=32), nullable=False),
    sa.Column('job', sa.String(length=32), nullable=False),
    sa.Column('permissions', _JSON, nullable=False),
    sa.Column('fields', _JSON, nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_role_set'))
    )
    op.create_table('permission_use',
    sa.Column('user_id', _ID, nullable=False),
    sa.Column('permission', sa.String(length=64), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_permission_use_user_id_users')),
    sa.PrimaryKeyConstraint('user_id', 'permission', name=op.f('pk_permission_use'))
    )
    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.add_column(sa.Column('role_set', sa.String(length=32), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('shops', _JSON, nullable=True))
        batch_op.add_column(sa.Column('warehouses', _JSON, nullable=True))

    with op.batch_alter_table('api_key', schema=None) as batch_op:
        batch_op.add_column(sa.Column('shops', _JSON, nullable=True))
        batch_op.add_column(sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True))



def downgrade() -> None:
    with op.batch_alter_table('api_key', schema=None) as batch_op:
        batch_op.drop_column('last_used_at')
        batch_op.drop_column('shops')

    # The version before knows neither own roles nor shops: whoever was narrowed by them would see and do more.
    op.execute("UPDATE users SET is_active = false WHERE role_set <> '' OR shops IS NOT NULL OR warehouses IS NOT NULL")
    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.drop_column('warehouses')
        batch_op.drop_column('shops')
        batch_op.drop_column('role_set')

    op.drop_table('permission_use')
    op.drop_table('role_set')
