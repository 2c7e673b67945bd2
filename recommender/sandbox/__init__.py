"""The cell: a child process in which bytes of strangers are read, with walls around memory, time, files and network."""

from recommender.sandbox.cell import Cell, spent, step_back
from recommender.sandbox.crew import AHEAD, Crew, run_many
from recommender.sandbox.walls import Limits, protections

__all__ = ["AHEAD", "Cell", "Crew", "Limits", "protections", "run_many", "spent", "step_back"]
