"""What rules are held against: guides and models, controlled terminology, dictionaries."""
