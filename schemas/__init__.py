"""Shapes only: fields, problems, plan, results, ledger tables, the wire contract, errors. Imports nothing of ours."""
