"""What a define.xml says, as rules ask for it."""
