"""The Streamlit app: the queue, the incident's page, the retro. The only code that knows Streamlit."""
