"""The figures that say whether recommendations are good: files and truths in, numbers out. No database."""
