"""Use cases of contacting customers: plan whom to contact today, and ask again before each contact is made."""
