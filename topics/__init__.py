"""The wire contract: every record and every topic, declared once. Imports nothing of ours."""
