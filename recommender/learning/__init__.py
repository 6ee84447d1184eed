"""What is learned from the baskets of those who allow learning. Never sees anybody else's."""
