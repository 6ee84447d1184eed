"""What to suggest, and why, from the data that was handed in.

Pure: no I/O, no clock, no settings of its own, and no notion of what a consent is.
"""
