"""The Streamlit app: queue, incident page, retro. The only code that knows Streamlit."""
