"""Carrousel: recurrent language models, from the equations up."""
