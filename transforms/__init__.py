"""Pure functions: frames and values in, frames and values out. No I/O, clock, randomness or Prefect; sees only schemas."""
