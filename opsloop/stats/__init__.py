"""Before and after, forecast, control charts: series in, verdicts out. Pure.

The one room that uses numpy. Every result is a frozen record of plain numbers and dates, so that
pages, reports and the command line need nothing of what it was computed with.
"""
