"""Measures suggestions on a shop's own orders, beside other methods. Reads a file and no database."""
