"""Alembic runs this to bring a database up to date; the connection comes from `premortem.web.database`."""

from alembic import context

from premortem.web.database import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
