"""Measurements of the site on this machine. `make bench` runs all, `python -m bench saves` one."""
