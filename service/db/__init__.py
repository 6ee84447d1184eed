"""The database: the only folder that touches tables, and the only door to customer data."""
