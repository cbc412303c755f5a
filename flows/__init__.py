"""What runs: the Prefect flow, the delivery loop, settings, the command line. Wiring; transforms has the logic."""
