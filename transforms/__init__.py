"""Pure functions: frames and values in and out. No I/O, clock, randomness or Prefect; sees only schemas."""
