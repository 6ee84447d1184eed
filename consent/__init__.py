"""Who allowed what, for which purpose, and what may be read by it now.

Pure: no I/O, no clock, no settings, and no notion of what a recommendation is.
"""
