"""What do the merchant's figures say? One file for each report (docs/reports.md)."""
