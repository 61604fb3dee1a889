"""The retro's figures, read from the serving copy: once, for the page, the report and commands.

A figure is a column of a model; these modules choose rows, and for a period of one's own they count
the facts by the same rules as the models do.
"""
