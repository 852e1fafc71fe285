"""Settings of all tests."""

from hypothesis import settings

# A deadline measures the machine, not the code; what is slow shows in `pytest --durations`.
settings.register_profile("project", deadline=None)
settings.load_profile("project")
