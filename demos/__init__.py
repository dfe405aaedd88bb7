"""The demos of reactor: each one small enough that its source is its documentation."""
