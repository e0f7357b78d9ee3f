"""What headquarters' figures are made of: queries on the projected tickets, and their exports."""
