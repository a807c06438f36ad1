"""Trains the ranker and writes model.npz: ``python -m conversation.understanding.train [--check]``.

The words of the same templates are counted for the ears (``conversation.hearing.count``).
A development program: no other module imports it, and scikit-learn is loaded here only. ``--check`` cross-validates by
template (no wording of a held-out template is in the training part) and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from conversation.hearing import count as word_counts
from conversation.understanding import features
from conversation.understanding.examples import Example, examples_hash, load_examples
from conversation.understanding.ranker import MODEL_FILE, Embedder, Weights
from conversation.understanding.text import mask, natural
from media.engines.minilm import DIMENSIONS, MiniLmEmbedder

REGULARISATION: Final = 6.0
FOLDS: Final = 5


def frequencies(masked: list[str]) -> csr_matrix:
    """Sublinear term frequencies, (len(masked), HASHED)."""
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    for row, text in enumerate(masked):
        places, counts = features.hashed(text)
        rows.extend([row] * len(places))
        columns.extend(places.tolist())
        values.extend(counts.tolist())
    return csr_matrix((values, (rows, columns)), shape=(len(masked), features.HASHED), dtype=np.float32)


def embeddings(masked: list[str], embedder: Embedder) -> NDArray[np.float32]:
    """Unit vectors of the texts, each distinct text embedded once."""
    distinct = sorted({natural(text) for text in masked})
    vectors = dict(zip(distinct, embedder.embed(distinct), strict=True))
    return np.stack([vectors[natural(text)] for text in masked])


def inverse_frequencies(counts: csr_matrix) -> NDArray[np.float32]:
    """Smoothed inverse document frequency of each column."""
    documents = np.bincount(counts.indices, minlength=features.HASHED)
    rows = len(counts.indptr) - 1
    return (np.log((1 + rows) / (1 + documents)) + 1).astype(np.float32)


def joined(counts: csr_matrix, idf: NDArray[np.float32], vectors: NDArray[np.float32]) -> csr_matrix:
    """The features of the classifier: weighted n-grams scaled to length 1, then the weighted embedding."""
    weighted = counts.multiply(idf[None, :]).tocsr()
    lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    scaled = weighted.multiply(1 / np.maximum(lengths, 1e-9)[:, None])
    return csr_matrix(hstack([scaled, csr_matrix(vectors * features.EMBEDDING_WEIGHT)]))


def fit(rows: csr_matrix, labels: NDArray[Any]) -> LogisticRegression:
    """Fit the classifier; every label weighs the same, however many examples it has."""
    model = LogisticRegression(C=REGULARISATION, class_weight="balanced", max_iter=400, tol=1e-3)
    model.fit(rows, labels)
    return model


def weights_of(model: LogisticRegression, idf: NDArray[np.float32]) -> Weights:
    """The fitted classifier in the form that the ranker uses."""
    coefficients = np.asarray(model.coef_, np.float32)
    return Weights(
        labels=tuple(str(label) for label in model.classes_),
        idf=idf,
        hashed=np.ascontiguousarray(coefficients[:, : features.HASHED].T),
        embedding=coefficients[:, features.HASHED :],
        bias=np.asarray(model.intercept_, np.float32),
        examples_hash=examples_hash(),
    )


def cross_validate(examples: list[Example], embedder: Embedder) -> dict[str, Any]:
    """Accuracy on templates that were held out, and which labels were taken for which."""
    masked = [mask(example.text) for example in examples]
    labels = np.array([example.tool or "" for example in examples])
    counts, vectors = frequencies(masked), embeddings(masked, embedder)
    groups = [example.group for example in examples]
    top1 = top3 = 0
    confusions: dict[str, int] = {}
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=7).split(masked, labels, groups):
        idf = inverse_frequencies(counts[train])
        model = fit(joined(counts[train], idf, vectors[train]), labels[train])
        scores = model.decision_function(joined(counts[test], idf, vectors[test]))
        best = np.argsort(-scores, axis=1)[:, :3]
        for row, truth in zip(best, labels[test], strict=True):
            names = [str(model.classes_[i]) for i in row]
            top1 += names[0] == truth
            top3 += truth in names
            if names[0] != truth:
                pair = f"{truth or 'none'} -> {names[0] or 'none'}"
                confusions[pair] = confusions.get(pair, 0) + 1
    worst = dict(sorted(confusions.items(), key=lambda item: -item[1])[:25])
    return {
        "examples": len(examples),
        "top1": top1 / len(examples),
        "top3": top3 / len(examples),
        "confusions": worst,
    }


def save(weights: Weights) -> None:
    """Write model.npz; half precision is far finer than the differences that decide."""
    np.savez_compressed(
        MODEL_FILE,
        labels=np.array(weights.labels),
        idf=weights.idf.astype(np.float16),
        hashed=weights.hashed.astype(np.float16),
        embedding=weights.embedding.astype(np.float16),
        bias=weights.bias,
        examples_hash=np.array(weights.examples_hash),
    )


def train(examples: list[Example], embedder: Embedder) -> Weights:
    """Fit on all examples."""
    masked = [mask(example.text) for example in examples]
    labels = np.array([example.tool or "" for example in examples])
    counts = frequencies(masked)
    idf = inverse_frequencies(counts)
    return weights_of(fit(joined(counts, idf, embeddings(masked, embedder)), labels), idf)


def main(arguments: list[str]) -> None:
    """Train and write, or cross-validate; the last line is one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="cross-validate by template, write nothing")
    options = parser.parse_args(arguments)
    examples = load_examples()
    embedder = MiniLmEmbedder()
    if options.check:
        report = cross_validate(examples, embedder)
        for pair, count in report.pop("confusions").items():
            print(f"{count:4d}  {pair}")
        print(json.dumps(report))
        return
    save(train(examples, embedder))
    word_counts.main()
    print(
        json.dumps({"examples": len(examples), "bytes": MODEL_FILE.stat().st_size, "dimensions": DIMENSIONS})
    )


if __name__ == "__main__":
    main(sys.argv[1:])
