"""`python -m unrolled` is the command `unrolled`."""

from unrolled.commands.main import main

if __name__ == "__main__":
    main()
