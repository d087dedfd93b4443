"""The printable letters by which byte-level vocabularies write bytes (Radford et al. 2019), by the value of the byte.

Bytes that Latin-1 shows as a visible character stand for themselves; the others, in their order, are U+0100 and on.
"""

_VISIBLE = {*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)}
_HIDDEN = [byte for byte in range(256) if byte not in _VISIBLE]

ALPHABET = tuple(chr(byte if byte in _VISIBLE else 256 + _HIDDEN.index(byte)) for byte in range(256))
BYTES = {letter: byte for byte, letter in enumerate(ALPHABET)}
