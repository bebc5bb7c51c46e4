"""Steps that make the tables, oldest first; Alembic runs them."""
