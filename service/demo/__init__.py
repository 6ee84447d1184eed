"""The demo shop: real HP printers and their supplies, everything else invented."""
