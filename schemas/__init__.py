"""Facts that others own: standards, terminology, and the JSON Schemas of our own files."""

from importlib.resources import files
from importlib.resources.abc import Traversable

ROOT: Traversable = files(__name__)
