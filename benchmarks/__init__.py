"""What reactor costs, measured beside what one would use instead: `python -m benchmarks`, or `make bench`.

Everything is measured in one run, in turns (A, B, C, A, B, C, …), so that whatever else the machine does hits
all alike; the table goes into `docs/performance.md`.
"""
