"""All demos as one application: `uvicorn demos.app:app`."""

from . import benchmark, counter, gallery, ledger, seven_guis, todomvc
from .site import app

__all__ = ["app", "benchmark", "counter", "gallery", "ledger", "seven_guis", "todomvc"]
