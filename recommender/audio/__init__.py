"""From bytes of strangers to samples and tags. Runs only inside the cell."""
