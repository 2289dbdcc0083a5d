"""What turns an agent's text into Markdown that Streamlit shows as it was written."""
