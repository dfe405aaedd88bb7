"""The seven tasks of 7GUIs, by their public description."""

from . import cells, circles, counter, crud, flight, index, temperature, timer

__all__ = ["cells", "circles", "counter", "crud", "flight", "index", "temperature", "timer"]
