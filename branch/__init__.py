"""A branch (门店): its lanes' parent and headquarters' child, its days, its tills, its back office."""
