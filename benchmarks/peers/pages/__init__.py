"""The same page in each framework. Those of the others run in environments of their own."""
