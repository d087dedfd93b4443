"""The same queries on Spark, where it and Java are installed."""

import shutil
import sys

import pytest

from carrousel.errors import MissingPackageError, SettingsError
from carrousel.ngram.building import build_ngram
from carrousel.ngram.settings import NgramSettings
from tests.needed import needed
from tests.ngram.making import LINES, MEMORY, corpus_of


def built(folder, engine: str, **settings) -> bytes:
    corpus, file = corpus_of(LINES)
    wanted = NgramSettings(order=2, discount_fallback=True, **settings)
    build_ngram(corpus, wanted, out=folder / engine, tokenizer=file, memory=MEMORY, threads=1, engine=engine)
    return (folder / engine / "model.safetensors").read_bytes()


@pytest.mark.slow
@pytest.mark.oracle
@pytest.mark.filterwarnings("ignore")
def test_spark_gives_the_same_model_to_the_last_bit(tmp_path):
    if shutil.which("java") is None:
        pytest.skip("spark needs Java")
    SparkSession = needed("pyspark.sql").SparkSession
    plain = SparkSession.builder.master("local[1]").config("spark.sql.codegen.wholeStage", "false")
    plain.config("spark.sql.shuffle.partitions", "1").config("spark.ui.enabled", "false").getOrCreate()
    assert built(tmp_path, "spark") == built(tmp_path, "duckdb")


def test_spark_that_is_not_installed_is_named_with_its_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(MissingPackageError, match=r"'\.\[spark\]'"):
        built(tmp_path, "spark")


def test_there_is_no_third_engine(tmp_path):
    with pytest.raises(SettingsError, match="there are duckdb, spark"):
        built(tmp_path, "hive")
