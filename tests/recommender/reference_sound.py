"""The sound on which our MusiCNN is compared with the original: a formula, so that both sides can make it."""

import librosa
import numpy as np
from numpy.typing import NDArray

RATE = 16_000
PATCH = 187
SECONDS = 15


def reference_sound() -> NDArray[np.float32]:
    """Fifteen seconds that change character every three: chord, beat, glide, noise, quiet."""
    t = np.arange(RATE * SECONDS) / RATE
    sound = np.zeros_like(t)
    for number, pitch in enumerate((220.0, 277.18, 329.63, 440.0)):
        for harmonic in range(1, 9):
            sound += (t < 3) * np.sin(2 * np.pi * pitch * harmonic * t + number) / harmonic**1.5
    beat = (t * 2.0) % 1.0  # 120 BPM
    sound += ((t >= 3) & (t < 6)) * np.exp(-12 * beat) * np.sin(2 * np.pi * 60 * t)
    sound += (
        ((t >= 3) & (t < 6)) * np.exp(-60 * ((t * 4.0) % 1.0)) * np.sin(2 * np.pi * 5_000 * t + 40 * np.sin(1e4 * t))
    )
    glide = 200 * 2.0 ** ((t - 6) % 3)
    sound += ((t >= 6) & (t < 9)) * np.sign(np.sin(2 * np.pi * np.cumsum(glide) / RATE)) * (1 + np.sin(12 * t)) / 4
    # A congruence instead of a generator: the same noise in every version of numpy.
    noise = (np.arange(len(t), dtype=np.uint64) * np.uint64(2_654_435_761) % np.uint64(2**32)).astype(np.float64)
    sound += ((t >= 9) & (t < 12)) * (np.sin(noise) * (1 + np.sin(6 * t)) / 4)
    sound += (t >= 12) * 0.01 * np.sin(2 * np.pi * 330 * t)
    return (sound / np.abs(sound).max() * 0.9).astype(np.float32)


def log_mel(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the original feeds its networks (its rounding to half precision left out) [shape=(frames, 96)]."""
    mel = librosa.feature.melspectrogram(y=sound, sr=RATE, n_fft=512, hop_length=256, n_mels=96)
    return np.log10(1 + 1e4 * mel.T).astype(np.float32)


def reference_patches() -> NDArray[np.float32]:
    """Five patches [shape=(5, 187, 96)], rounded to what half precision holds: that is what travels to the encoder."""
    frames = log_mel(reference_sound())
    patches = frames[: len(frames) // PATCH * PATCH].reshape(-1, PATCH, 96)
    return patches.astype(np.float16).astype(np.float32)
