"""Exports of a fine-tuned model: an adapter, merged weights, GGUF files, an Ollama Modelfile."""
