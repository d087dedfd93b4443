"""Hypothesis without a clock: how busy the machine is says nothing about a text."""

from hypothesis import settings

settings.register_profile("without a clock", deadline=None)
settings.load_profile("without a clock")
