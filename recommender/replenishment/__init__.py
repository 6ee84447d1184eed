"""How likely she is to buy again what she bought: whole numbers from her own days, and from what others buy lately."""
