"""What every site must agree on: pure rules, what travels, what rests."""
