"""The page of a trace: a text, what each unit did at each step of it, and what was measured."""

from carrousel.inspection.page.compose import Look, inspection_page

__all__ = ["Look", "inspection_page"]
