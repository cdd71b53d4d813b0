"""`python -m fips_images` is `fipsctl`."""

from fips_images.cli import main

if __name__ == "__main__":
    main()
