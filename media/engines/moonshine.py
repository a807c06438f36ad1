"""Speech to text: Moonshine tiny (English) on onnxruntime, for one utterance at a time.

The recogniser is free of state between calls and free of any knowledge of the business; correcting names is
for those who know them. All work happens inside onnxruntime and numpy, which release the GIL.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from media.engines.beam import BeamSearch, Reading
from media.engines.hints import PhraseHints, compiled
from media.engines.models import load_session, model_file, run
from media.engines.transcription import Guess, Transcription, guesses_of, joined
from media.pcm import SAMPLE_RATE, Samples, rms_dbfs, to_float

_LAYERS: Final = 6
_HEADS: Final = 8
_HEAD_SIZE: Final = 36
_START: Final = 1
_END: Final = 2
_TOKENS_PER_SECOND: Final = 6.5
"""The model's authors cap the output here: beyond it the decoder is going round in circles."""
_SHORTEST: Final = SAMPLE_RATE // 2
_LONGEST: Final = 30 * SAMPLE_RATE
_SPLIT_FROM: Final = 18 * SAMPLE_RATE
_SPLIT_BLOCK: Final = SAMPLE_RATE // 10
_INAUDIBLE_DBFS: Final = -55.0
_BEAM_WIDTH: Final = 4
_NO_HINTS: Final = PhraseHints(())
_CACHE: Final = tuple(
    f"past_key_values.{layer}.{side}.{part}"
    for layer in range(_LAYERS)
    for side in ("decoder", "encoder")
    for part in ("key", "value")
)
_BYTE_PIECE: Final = re.compile(rb"<0x([0-9A-F]{2})>")

_NEVER_SAID: Final = frozenset({"you"})
_INVENTED: Final = frozenset(
    {"thank you", "thanks", "thanks for watching", "bye", "the", "and", "so", "oh", "uh"}
)
"""What the model says when it hears nothing: words that its training subtitles put over silence."""
_SURE_OF_INVENTED: Final = 0.6
_UNBELIEVABLE: Final = 0.3
_LOOPING: Final = 0.34
_SECOND_LOOK_BELOW: Final = 0.8
_SECOND_LOOK_SHIFT: Final = SAMPLE_RATE * 13 // 1000


class _Heard(NamedTuple):
    """The guesses about one part, the probabilities of the first one's tokens, and what is not to be believed."""

    guesses: tuple[Guess, ...]
    probabilities: Sequence[float]
    doubted: str = ""


_NOTHING: Final = _Heard((), ())


class _Decoding:
    """The decoder at work on one utterance: its memory of every reading alive."""

    def __init__(
        self, encoder: ort.InferenceSession, decoder: ort.InferenceSession, samples: Samples
    ) -> None:
        self._decoder = decoder
        audio = samples[None]
        mask = np.ones(audio.shape, np.int64)
        (hidden,) = run(encoder, {"input_values": audio, "attention_mask": mask})
        self._about_audio: dict[str, NDArray[Any]] = {
            "encoder_attention_mask": mask,
            "encoder_hidden_states": hidden,
        }
        self._about_text: dict[str, NDArray[Any]] = {}
        self._width = 1

    def step(self, parents: Sequence[int], last: Sequence[int]) -> NDArray[np.float32]:
        """Logits of the next token of each reading; see ``beam.StepFunction``."""
        if not self._about_text:
            return self._first(last)
        self._resize(len(parents))
        inputs = {name: value[list(parents)] for name, value in self._about_text.items()}
        inputs["input_ids"] = np.array(last, np.int64)[:, None]
        inputs["use_cache_branch"] = np.array([True])
        logits, *cache = run(self._decoder, inputs | self._about_audio)
        self._about_text = {
            name: value for name, value in zip(_CACHE, cache, strict=True) if "decoder" in name
        }
        return logits[:, -1]

    def _first(self, last: Sequence[int]) -> NDArray[np.float32]:
        """The first step also computes the keys and values of the audio, which then stay."""
        inputs: dict[str, NDArray[Any]] = dict.fromkeys(
            _CACHE, np.zeros((0, _HEADS, 1, _HEAD_SIZE), np.float32)
        )
        inputs["input_ids"] = np.array(last, np.int64)[:, None]
        inputs["use_cache_branch"] = np.array([False])
        logits, *cache = run(self._decoder, inputs | self._about_audio)
        for name, value in zip(_CACHE, cache, strict=True):
            (self._about_text if "decoder" in name else self._about_audio)[name] = value
        return logits[:, -1]

    def _resize(self, width: int) -> None:
        """All readings are about the same audio: as many copies of it as there are readings."""
        if width != self._width:
            self._about_audio = {
                name: np.repeat(value[:1], width, 0) for name, value in self._about_audio.items()
            }
            self._width = width


class MoonshineRecogniser:
    """Recognises 16 kHz PCM16. About 110 ms for a sentence of 3 s on one thread.

    Thread-safe, but two calls at once share one core: a pool of processes scales, threads do not.
    """

    def __init__(self, threads: int = 1) -> None:
        """Load the weights and run once (about 0.3 s). Raises MediaError ``model_missing``."""
        self._encoder = load_session(_weights("encoder_model.ort"), threads=threads)
        self._decoder = load_session(_weights("decoder_model_merged.ort"), threads=threads)
        self._pieces = _read_pieces(_weights("tokenizer.bin").read_bytes())
        texts = [_piece_text(piece) for piece in self._pieces]
        self._search = BeamSearch(texts, _START, _END, _BEAM_WIDTH)
        self._decode(np.zeros(SAMPLE_RATE, np.float32), _NO_HINTS)

    def recognise(
        self, pcm: bytes, *, hints: Sequence[str] = (), second_look: bool = True, guesses: int = 1
    ) -> Transcription:
        """Recognise an utterance of any length; beyond 30 s it is cut at its quietest moments.

        Args:
            pcm: 16 kHz mono, best with 0.2 to 0.3 s of room before the first word and 0.2 s after the last.
            hints: Names and phrases that are likely here: contacts, job titles, words of the trade, a hundred
                common beginnings of requests. A tenth to a half fewer wrong words, the better they fit; a few
                hundred at most, since a hint that fits everything tells nothing. The same ones again are
                free.
            second_look: Listen again when unsure, 13 ms off, and keep the surer reading: what the network hears
                hangs on how its frames fall. A twentieth fewer wrong words for a seventh more work; none fewer
                where another recogniser is asked as well.
            guesses: Readings wanted, at most four; more than one cost a tenth more.

        Raises:
            MediaError: ``audio_odd_byte_count``.
        """
        began = time.perf_counter()
        heard = [
            self._hear(part, compiled(tuple(hints)), guesses, second_look=second_look)
            for part in split_at_silence(to_float(pcm))
        ]
        kept = [each for each in heard if each.guesses]
        text = " ".join(each.guesses[0].text for each in kept)
        confidence = _mean([each for part in kept for each in part.probabilities])
        readings = joined([each.guesses for each in kept])
        doubted = "" if kept else " ".join(each.doubted for each in heard if each.doubted)
        return Transcription(text, confidence, (time.perf_counter() - began) * 1000, readings, doubted)

    def _hear(self, samples: Samples, hints: PhraseHints, guesses: int, *, second_look: bool) -> _Heard:
        if rms_dbfs(samples) < _INAUDIBLE_DBFS:
            return _NOTHING
        readings = self._decode(samples, hints, guesses)
        if second_look and _mean(readings[0].probabilities) < _SECOND_LOOK_BELOW:
            shifted = np.pad(samples, _SECOND_LOOK_SHIFT)
            others = self._decode(shifted, hints, guesses)
            surest = max(readings[0], others[0], key=lambda each: _mean(each.probabilities))
            rest = sorted((*readings, *others), key=lambda each: -each.score)
            readings = [surest, *(each for each in rest if each is not surest)]
        tokens, probabilities = self._without_invented_end(readings[0].tokens, readings[0].probabilities)
        text = self._spell(tokens)
        capped = len(tokens) >= _token_cap(samples)
        if is_invented(text, _mean(probabilities), capped=capped):
            return _Heard((), (), "" if capped else text)
        others_spelt = ((self._spell(each.tokens), each.score) for each in readings[1:])
        return _Heard(guesses_of([(text, readings[0].score), *others_spelt]), probabilities)

    def _decode(self, samples: Samples, hints: PhraseHints, wanted: int = 1) -> list[Reading]:
        """Beam search: the best readings."""
        if samples.size < _SHORTEST:
            samples = np.pad(samples, (0, _SHORTEST - samples.size))
        step = _Decoding(self._encoder, self._decoder, samples).step
        return self._search.run(step, hints, _token_cap(samples), wanted)

    def _without_invented_end(
        self, tokens: Sequence[int], probabilities: Sequence[float]
    ) -> tuple[Sequence[int], Sequence[float]]:
        """Without a "Thank you." that nobody said after the last sentence, where only the tail silence was."""
        ends = [at for at, token in enumerate(tokens[:-1], 1) if self._pieces[token][-1:] in b".?!"]
        if ends and probabilities[ends[-1]] < _SURE_OF_INVENTED:
            last = _plain(self._spell(tokens[ends[-1] :]))
            if last in _INVENTED or last in _NEVER_SAID:
                return tokens[: ends[-1]], probabilities[: ends[-1]]
        return tokens, probabilities

    def _spell(self, tokens: Sequence[int]) -> str:
        spelled = b""
        for token in tokens:
            piece = self._pieces[token]
            raw = _BYTE_PIECE.fullmatch(piece)
            spelled += bytes([int(raw[1], 16)]) if raw else piece
        return spelled.decode("utf-8", "replace").replace("\N{LOWER ONE EIGHTH BLOCK}", " ").strip()


def _piece_text(piece: bytes) -> str:
    return piece.decode("utf-8", "replace").replace("\N{LOWER ONE EIGHTH BLOCK}", " ")


def _token_cap(samples: Samples) -> int:
    return int(samples.size / SAMPLE_RATE * _TOKENS_PER_SECOND) + 2


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _weights(name: str) -> Path:
    return model_file("moonshine_voice", "assets", "tiny-en", name)


def _read_pieces(data: bytes) -> list[bytes]:
    """The vocabulary file: pieces one after another, each behind its length in one byte or, from 128, two."""
    pieces: list[bytes] = []
    at = 0
    while at < len(data):
        length = data[at]
        at += 1
        if length >= 128:
            length = data[at] * 128 + length - 128
            at += 1
        pieces.append(data[at : at + length])
        at += length
    return pieces


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9' ]", "", text.lower()).split())


def is_invented(text: str, confidence: float, *, capped: bool = False) -> bool:
    """Whether a text is what the model says over silence and noise, rather than what somebody said.

    Args:
        text: The reading.
        confidence: Mean probability of its tokens.
        capped: Whether the decoder had to be stopped; then few different words mean that it went in circles.
    """
    said = _plain(text)
    words = said.split()
    if not words or said in _NEVER_SAID or confidence < _UNBELIEVABLE:
        return True
    if capped and len(set(words)) / len(words) < _LOOPING:
        return True
    return said in _INVENTED and confidence < _SURE_OF_INVENTED


def split_at_silence(samples: Samples) -> list[Samples]:
    """Cut audio of more than 30 s into parts of 18 to 30 s, each cut in the quietest tenth of a second."""
    parts: list[Samples] = []
    while samples.size > _LONGEST:
        stretch = samples[_SPLIT_FROM : _LONGEST - _LONGEST % _SPLIT_BLOCK]
        blocks = stretch[: stretch.size // _SPLIT_BLOCK * _SPLIT_BLOCK].reshape(-1, _SPLIT_BLOCK)
        quietest = int(np.einsum("bs,bs->b", blocks, blocks).argmin())
        cut = _SPLIT_FROM + quietest * _SPLIT_BLOCK + _SPLIT_BLOCK // 2
        parts.append(samples[:cut])
        samples = samples[cut:]
    return [*parts, samples]
