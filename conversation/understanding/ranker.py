"""Ranks what an utterance asks for: MiniLM embedding and hashed n-grams into one linear classifier, numpy only.

The synchronous core behind the ``Understanding`` protocol. It knows 26 labels and "none of its business"; it fills no
slots, keeps no state and never trains: the weights are the committed ``model.npz`` that train.py writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from conversation.providers import RankedTool
from conversation.understanding import features
from conversation.understanding.text import mask, natural

MODEL_FILE: Final = Path(__file__).with_name("model.npz")
READINGS: Final = 5


class Embedder(Protocol):
    """A sentence encoder, as media.engines.minilm has it."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 (len(texts), 384), rows of length 1."""
        ...


@dataclass(frozen=True, slots=True)
class Weights:
    """The trained classifier.

    Attributes:
        labels: Tool names, "" for out of scope, in the order of the rows.
        idf: Inverse document frequency of each hashed place, (HASHED,).
        hashed: Weights of the n-grams, (HASHED, labels).
        embedding: Weights of the embedding, (labels, 384).
        bias: (labels,).
        examples_hash: What they were trained on, see examples.examples_hash.
    """

    labels: tuple[str, ...]
    idf: NDArray[np.float32]
    hashed: NDArray[np.float32]
    embedding: NDArray[np.float32]
    bias: NDArray[np.float32]
    examples_hash: str

    @classmethod
    def load(cls, path: Path = MODEL_FILE) -> Self:
        """Read the artefact. Raises FileNotFoundError where training has not been run."""
        with np.load(path) as file:
            arrays: dict[str, NDArray[Any]] = {name: file[name] for name in file.files}
        return cls(
            labels=tuple(str(label) for label in arrays["labels"]),
            idf=arrays["idf"].astype(np.float32),
            # Places as rows: an utterance picks a few hundred of them, which is one contiguous gather each.
            hashed=np.ascontiguousarray(arrays["hashed"].astype(np.float32)),
            embedding=arrays["embedding"].astype(np.float32),
            bias=arrays["bias"].astype(np.float32),
            examples_hash=str(arrays["examples_hash"]),
        )


class IntentRanker:
    """Ranks tools for an utterance. Thread-safe: it writes nothing after construction."""

    def __init__(self, embedder: Embedder, weights: Weights | None = None) -> None:
        """Take an encoder and, by default, the committed weights. Raises FileNotFoundError without them."""
        self._embedder = embedder
        self._weights = weights or Weights.load()

    def rank(self, text: str) -> tuple[RankedTool, ...]:
        """The most likely tools, best first, at most five; scores are probabilities over all labels.

        An utterance without a single word is out of scope with score 1.
        """
        masked = mask(text)
        if not masked:
            return (RankedTool(None, 1.0),)
        probabilities = self._probabilities(masked)
        order = np.argsort(-probabilities, kind="stable")[:READINGS]
        return tuple(
            RankedTool(self._weights.labels[i] or None, round(float(probabilities[i]), 4)) for i in order
        )

    def _probabilities(self, masked: str) -> NDArray[np.float32]:
        weights = self._weights
        places, frequencies = features.hashed(masked)
        tfidf = features.unit(frequencies * weights.idf[places])
        embedding = self._embedder.embed([natural(masked)])[0] * np.float32(features.EMBEDDING_WEIGHT)
        logits = tfidf @ weights.hashed[places] + weights.embedding @ embedding + weights.bias
        scaled = np.exp(logits - logits.max())
        return (scaled / scaled.sum()).astype(np.float32)
