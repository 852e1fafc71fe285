"""The files by which an output is known, wherever it is written or read."""

from __future__ import annotations

RUN = "run.json"  # an output of `interop run`, and what it says of itself
TRUTH = "truth.json"  # what a simulation leaves beside the folder of its forms
NOTES = "reviewers-notes.yaml"  # what a study explains of the findings of conformance rules
OURS = (RUN, TRUTH)  # a folder with one of these was written by a run or a simulation
