"""Text: where it comes from, tokenizers, tokens on disk and as streams, synthetic tasks."""

from carrousel.text.agreement import agreement, agreement_grammar, agreement_lines
from carrousel.text.grammar import Grammar
from carrousel.text.holdout import hold_out
from carrousel.text.kinds import KINDS
from carrousel.text.opening import BUILTIN, open_text
from carrousel.text.source import Text, join_texts, memory_text
from carrousel.text.streams import streams, window, window_count
from carrousel.text.tokenizer import Tokenizer, learn_tokenizer
from carrousel.text.tokens import Counts, Tokens, open_tokens, tokenise, tokens_in_memory

__all__ = [
    "BUILTIN",
    "KINDS",
    "Counts",
    "Grammar",
    "Text",
    "Tokenizer",
    "Tokens",
    "agreement",
    "agreement_grammar",
    "agreement_lines",
    "hold_out",
    "join_texts",
    "learn_tokenizer",
    "memory_text",
    "open_text",
    "open_tokens",
    "streams",
    "tokenise",
    "tokens_in_memory",
    "window",
    "window_count",
]
