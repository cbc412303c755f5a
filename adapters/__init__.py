"""The only code that touches files, HTTP or SQL. Thin: returns values, decides nothing."""
