"""Delivery against an API, a ledger and a clock that are simulated, with faults drawn from a seed."""
