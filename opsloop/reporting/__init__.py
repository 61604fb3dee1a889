"""The retro as people read it: figures in words, tables and charts, for the page and the report.

What a figure says is decided here once; the page and the report only place it.
"""
