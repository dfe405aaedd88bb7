"""`python -m reactor.secret`: print a fresh secret."""

from . import fresh

if __name__ == "__main__":
    print(fresh())
