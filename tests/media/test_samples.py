"""The committed clips are what their manifest and README say."""

from __future__ import annotations

import json

import numpy as np

from media.pcm import to_float
from tests.media.audio import LEAD, SAMPLES, TAIL, clips


def test_every_command_is_there_in_both_voices() -> None:
    entries = [json.loads(line) for line in (SAMPLES / "manifest.jsonl").read_text().splitlines()]
    by_voice = {
        voice: {(e["text"], e["tool"]) for e in entries if e["voice"] == voice}
        for voice in ("flite slt", "flite rms")
    }
    assert len(by_voice["flite slt"]) >= 12
    assert by_voice["flite slt"] == by_voice["flite rms"]
    assert {entry["file"] for entry in entries} == {path.name for path in SAMPLES.glob("*.wav")}
    assert sum(path.stat().st_size for path in SAMPLES.glob("*.wav")) < 4_000_000


def test_silence_and_speech_are_where_they_should_be() -> None:
    for clip in clips():
        samples = to_float(clip.pcm)
        assert not samples[:LEAD].any(), clip.file
        assert not samples[-TAIL:].any(), clip.file
        assert np.sqrt(np.mean(samples[LEAD:-TAIL] ** 2)) > 0.02, clip.file
