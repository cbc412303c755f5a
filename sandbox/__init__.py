"""An embedded stand-in of the orders API with scripted faults, for the demo, for trying things out and for tests."""
