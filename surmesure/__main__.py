"""`python -m surmesure` is the same as `surmesure`."""

from surmesure.cli import main

main()
