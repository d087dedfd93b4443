"""Published collections of data: what each is, under which licence, and how its files come into a folder."""

from carrousel.text.corpora.collection import Collection, DataFile
from carrousel.text.corpora.obtaining import fetch_collection, load_collection
from carrousel.text.corpora.table import COLLECTIONS, find_collection

__all__ = ["COLLECTIONS", "Collection", "DataFile", "fetch_collection", "find_collection", "load_collection"]
