"""Brings in what a shop already has, from files: catalogue, orders, fits and consents."""
