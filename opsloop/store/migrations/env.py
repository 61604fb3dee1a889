"""Alembic's entry: runs the migrations on the connection that `schema.upgrade` opened."""

from alembic import context

from opsloop.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()
