"""``python -m jaxrec``: what the console script does."""

from jaxrec.start import entry

if __name__ == "__main__":
    entry()
