"""Fine-tuned models behind HTTP: styles by name, requests in one running batch, OpenAI's API."""
