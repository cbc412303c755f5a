"""What runs: the Prefect flow, the delivery loop, settings, and the command line. Wiring; the logic is in transforms."""
