"""The page of a trace: a text, what each unit did at each step of it, and what was measured."""

from carrousel.inspection.page.compose import inspection_page

__all__ = ["inspection_page"]
