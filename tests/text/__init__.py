"""Texts, tokenizers, tokens, streams, tasks."""
