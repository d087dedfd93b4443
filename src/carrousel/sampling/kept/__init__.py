"""Programs that are kept from one process to the next, and drawing by them without jax."""

from carrousel.sampling.kept.files import Kept, Program, Result, read_kept, write_kept
from carrousel.sampling.kept.forms import KIND
from carrousel.sampling.kept.opening import Drawing, Shelf, kept_programs, open_kept, shelf_of
from carrousel.sampling.kept.processor import REFUSALS
from carrousel.sampling.kept.surroundings import other_devices

__all__ = [
    "KIND",
    "REFUSALS",
    "Drawing",
    "Kept",
    "Program",
    "Result",
    "Shelf",
    "kept_programs",
    "open_kept",
    "other_devices",
    "read_kept",
    "shelf_of",
    "write_kept",
]
