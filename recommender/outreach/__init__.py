"""Contacting a customer: what there is to say to her, and whether now is the time. It sends nothing."""
