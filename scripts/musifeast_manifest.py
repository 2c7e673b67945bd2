"""Excerpts of records that people have rated, as a manifest (path, style, valence, arousal).

    python scripts/musifeast_manifest.py FILE.csv --dataset MUSIFEAST-17

`--dataset` is a checkout of github.com/HazelvdW/MUSIFEAST-17: 356 instrumental half minutes of 17 genres, each rated by
a part of 701 listeners (van der Walle, Wu, Margulis and Jakubowski, "MUSIFEAST-17: MUsic Stimuli for Imagination,
Familiarity, Emotion, and Aesthetic STudies across 17 genres", Behavior Research Methods 57(7), 2025). The ratings are
free (CC0); the excerpts are of commercial records and published for research alone, so they stay where they are and
the manifest names them. What follows is `manage.py evaluate --manifest FILE.csv`.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

RATINGS = Path("data") / "MUSIFEAST17_all.csv"
SOUND = "stimuli"
COLUMNS = {"style": "GENRE", "valence": "valence_M", "arousal": "arousal_M"}  # ours: theirs


def read_clips(dataset: Path) -> list[dict[str, str]]:
    """Rows of the manifest, one for each excerpt that is there; paths are absolute.

    Raises ValueError when the folder holds no ratings, other columns, or not one excerpt.
    """
    try:
        with (dataset / RATINGS).open(newline="", encoding="utf-8-sig") as file:
            rated = list(csv.DictReader(file))
        clips = [
            {
                "path": str((dataset / SOUND / f"{row['CLIP_NAME']}.mp3").resolve()),
                **{ours: row[theirs] for ours, theirs in COLUMNS.items()},
            }
            for row in rated
        ]
    except OSError as error:
        raise ValueError(f"{dataset} is no checkout of MUSIFEAST-17: {error}") from error
    except KeyError as error:
        raise ValueError(f"{dataset / RATINGS} has no column {error}: is it another release?") from error
    present = [clip for clip in clips if Path(clip["path"]).is_file()]
    if not present:
        raise ValueError(f"none of the {len(clips)} excerpts is in {dataset / SOUND}: is the checkout complete?")
    return present


def main() -> None:
    """Write the manifest."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("manifest", type=Path, metavar="FILE.csv")
    parser.add_argument("--dataset", type=Path, required=True)
    options = parser.parse_args()
    try:
        clips = read_clips(options.dataset)
    except ValueError as error:
        sys.exit(str(error))
    with options.manifest.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["path", *COLUMNS])
        writer.writeheader()
        writer.writerows(clips)
    sys.stdout.write(f"{len(clips)} rated excerpts in {options.manifest}\n")


if __name__ == "__main__":
    main()
