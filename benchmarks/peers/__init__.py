"""The page of js-framework-benchmark in reactor and in other frameworks, measured: `make bench-peers`."""
