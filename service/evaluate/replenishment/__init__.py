"""Measures how well it is foretold when somebody buys a thing again, beside simpler ways to tell an interval."""
