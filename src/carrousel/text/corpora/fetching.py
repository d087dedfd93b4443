"""One file from its address: over https, no longer than announced, with the digest of the table."""

import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any, Final

from carrousel.errors import DataError
from carrousel.text.corpora.collection import BLOCK, DataFile

PATIENCE: Final = 30.0
"""Seconds to wait for an answer, or for more of it."""
THIS_MACHINE: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def fetch_file(file: DataFile, *, watch: Callable[[int], None]) -> bytes:
    """The contents of a file, as the table says they are.

    Args:
        file: with an address: https, or http of this machine.
        watch: told how many bytes came.

    Raises:
        DataError: the address cannot be reached, or something else lies there.
    """
    address = _secure(file.address or "")
    request = urllib.request.Request(address, headers={"User-Agent": "carrousel"})  # noqa: S310 - checked above
    try:
        with urllib.request.build_opener(_Secure).open(request, timeout=PATIENCE) as answer:
            return file.checked(_blocks(answer, watch), origin=address)
    except urllib.error.HTTPError as error:
        error.close()
        raise DataError(f"{address} answers {error.code} {error.reason}; {_OTHERWISE}") from error
    except (OSError, http.client.HTTPException) as error:
        cause = getattr(error, "reason", error)
        reason = getattr(cause, "strerror", None) or cause
        raise DataError(f"{address} cannot be reached: {reason}; {_OTHERWISE}") from error


def _secure(address: str) -> str:
    parts = urllib.parse.urlsplit(address)
    if parts.scheme != "https" and (parts.scheme, parts.hostname in THIS_MACHINE) != ("http", True):
        raise DataError(f"files are fetched over https alone, and {address!r} is another kind of address")
    return address


class _Secure(urllib.request.HTTPRedirectHandler):
    """Follows to other addresses of the same kind."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        """The request for the new address."""
        return super().redirect_request(req, fp, code, msg, headers, _secure(newurl))


_OTHERWISE: Final = "fetch it where it can be reached, and give the file by --from"


def _blocks(answer: http.client.HTTPResponse, watch: Callable[[int], None]) -> Iterator[bytes]:
    came = 0
    while block := answer.read(BLOCK):
        came += len(block)
        watch(came)
        yield block
